# SPDX-License-Identifier: Apache-2.0
"""What the manual says of the configuration beside the comments of config.proto."""

ROOT_MESSAGE = "Config"

INTRODUCTION = """\
The file is textproto of the message nftsvc.v1.Config: names, colons and values, with braces around the
fields of a message, and # before comments. A field that may be repeated stands there once for each
value. An empty file is a configuration."""

RELOADING = """\
nftsvcd rereads the file and the services directory on SIGHUP (systemctl reload nftsvcd). A file with
mistakes is not taken, and the old configuration stays; control_socket, control_socket_access and
state_directory need a restart. nftsvcd --check says everything that is wrong with the configuration and
with the files of services, each with its line and column."""

EXAMPLE = """\
node {
  name: "node-a"
  zone: "zone-1"
  node_port_addresses: "192.168.0.0/24"
}
local_pods {
  cidrs: "10.0.0.0/8"
  cidrs: "fd00:10::/64"
}
service_cidrs: "10.96.0.0/12"
reject_unassigned_ports: false"""
