// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/routes.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "tests/support/builders.h"

namespace nftsvc::forwarding {
namespace {

using testing::Cidr;
using testing::FrontendAt;
using testing::Ip;

Target TargetAt(const char* address) {
  Target target;
  target.address = Ip(address);
  target.port = 8080;
  return target;
}

// Two targets, the second of which is on this node.
PortRoutes Port() {
  PortRoutes port;
  port.label = "default/web:http";
  port.targets = {TargetAt("10.0.0.2"), TargetAt("10.0.0.3")};
  port.cluster = {1, 0, 0};
  port.local = {1};
  return port;
}

Route RouteTo(const char* frontend) {
  Route route;
  route.frontend = FrontendAt(frontend);
  return route;
}

std::string PrintOf(const PortRoutes& port) {
  ServiceRoutes routes;
  routes.name = testing::Name("default/web");
  routes.ports = {port};
  return Print(routes);
}

TEST(RoutesTest, AFrontendPrintsAsItsSlotsAndMasquerading) {
  PortRoutes port = Port();
  port.routes = {RouteTo("10.96.0.1:80/tcp")};
  port.routes[0].action = Action::kBalance;
  EXPECT_EQ(PrintOf(port),
            "default/web:http at 10.96.0.1:80/tcp: balance 10.0.0.3:8080 10.0.0.2:8080 "
            "10.0.0.2:8080\n");
  port.routes[0].pool = Pool::kLocal;
  port.routes[0].masquerade = Masquerade::kAlways;
  EXPECT_EQ(PrintOf(port),
            "default/web:http at 10.96.0.1:80/tcp: balance 10.0.0.3:8080, masquerade\n");
}

TEST(RoutesTest, RejectAndDropPrintAsSuch) {
  PortRoutes port = Port();
  port.routes = {RouteTo("10.96.0.1:80/udp"), RouteTo("node port 30080/sctp")};
  port.routes[1].action = Action::kDrop;
  EXPECT_EQ(PrintOf(port),
            "default/web:http at 10.96.0.1:80/udp: reject\n"
            "default/web:http at node port 30080/sctp: drop\n");
}

TEST(RoutesTest, AShortCutAndSourceRangesPrintBelow) {
  PortRoutes port = Port();
  port.routes = {RouteTo("198.51.100.1:80/tcp")};
  port.routes[0].action = Action::kDrop;
  port.routes[0].short_cut = true;
  port.routes[0].allowed_sources = {Cidr("10.0.0.0/8"), Cidr("203.0.113.5")};
  EXPECT_EQ(PrintOf(port),
            "default/web:http at 198.51.100.1:80/tcp: drop\n"
            "  from pods and this host: balance 10.0.0.3:8080 10.0.0.2:8080 10.0.0.2:8080, "
            "masquerade outside pods\n"
            "  only from 10.0.0.0/8 203.0.113.5\n");
}

TEST(RoutesTest, ATablePrintsServicesByName) {
  ForwardingTable table;
  for (const char* name : {"default/web", "default/api"}) {
    ServiceRoutes routes;
    routes.name = testing::Name(name);
    routes.ports = {Port()};
    routes.ports[0].label = name;
    routes.ports[0].routes = {RouteTo("10.96.0.1:80/tcp")};
    table.services[routes.name] = std::make_shared<const ServiceRoutes>(routes);
  }
  EXPECT_EQ(Print(table),
            "default/api at 10.96.0.1:80/tcp: reject\n"
            "default/web at 10.96.0.1:80/tcp: reject\n");
}

}  // namespace
}  // namespace nftsvc::forwarding
