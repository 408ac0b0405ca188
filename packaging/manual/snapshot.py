# SPDX-License-Identifier: Apache-2.0
"""What the manual says of snapshots beside the comments of snapshot.proto."""

ROOT_MESSAGE = "Snapshot"

INTRODUCTION = """\
A snapshot is the message nftsvc.v1.Snapshot as textproto, as JSON with the same names, or in protobuf's
binary form. nftsvc push, diff and compile read it, nftsvc get prints it."""

EXAMPLE = """\
services {
  namespace: "default"
  name: "my-service"
  cluster_ips: "10.104.14.67"
  ports {
    name: "http"
    protocol: TCP
    port: 80
    endpoints { address: "10.0.0.2" port: 80 name: "web-2" }
    endpoints { address: "10.0.0.3" port: 80 name: "web-3" }
  }
}"""
