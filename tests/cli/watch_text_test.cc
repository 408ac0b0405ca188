// SPDX-License-Identifier: Apache-2.0
#include "src/cli/watch_text.h"

#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"

namespace nftsvc::cli {
namespace {

std::string Rendered(const std::string& text) {
  v1::WatchEvent event;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &event)) << text;
  event.set_time("T");
  event.set_revision(7);
  return RenderEvent(event, Style());
}

TEST(WatchTextTest, EveryEventIsALine) {
  EXPECT_EQ(Rendered("watching { in_sync: true services: 2 }"),
            "T  watching: revision 7, 2 services, in sync\n");
  EXPECT_EQ(Rendered("watching { problem: 'no kernel' services: 1 }"),
            "T  watching: revision 7, 1 service, out of sync: no kernel\n");
  EXPECT_EQ(Rendered("drift_repaired { what: 'repaired by 1 operations' }"),
            "T  somebody changed our tables; repaired by 1 operations\n");
  EXPECT_EQ(Rendered("out_of_sync { problem: 'no kernel' }"), "T  out of sync: no kernel\n");
  EXPECT_EQ(Rendered("in_sync {}"), "T  in sync again: the kernel holds what the snapshot says\n");
  EXPECT_EQ(Rendered("host_changed { addresses: '192.168.0.2' addresses: 'fd00::2' }"),
            "T  the host's addresses changed: 192.168.0.2 fd00::2\n");
  EXPECT_EQ(Rendered("host_changed { addresses: '::1' node_port_addresses: '192.168.0.2' }"),
            "T  the host's addresses changed: ::1; node ports at 192.168.0.2\n");
  EXPECT_EQ(Rendered("missed { events: 3 }"), "T  3 events missed\n");
  EXPECT_EQ(Rendered("pushed {}"), "T  revision 7\n");
  EXPECT_EQ(Rendered(""), "T  an event that this version of nftsvc does not know\n");
}

TEST(WatchTextTest, APushIsFollowedByItsServices) {
  EXPECT_EQ(Rendered(R"pb(pushed {
                            client: "pid 12 uid 0"
                            services_added: 1
                            services_changed: 101
                            service_changes: "+ default/web"
                            service_changes: "~ default/api"
                            changes_left_off: 100
                          })pb"),
            "T  revision 7 by pid 12 uid 0: 1 added, 101 changed, 0 removed\n"
            "  + default/web\n"
            "  ~ default/api\n"
            "  and 100 more\n");
}

}  // namespace
}  // namespace nftsvc::cli
