#include "replicate/topology.h"

#include <gtest/gtest.h>

namespace cardea::replicate {
namespace {

constexpr std::string_view kTwo = R"(
[[cell]]
number = 1
id = "eu"
region = "eu-central"
provider = "hetzner"
mesh = ["10.0.0.1:7443", "[fd00::1]:7443"]

[[cell]]
number = 2
id = "us"
mesh = ["us.mesh.example:7443"]
)";

TEST(TopologyTest, CellsAreReadWithTheirAddresses) {
  const auto topology = Topology::parse(kTwo);

  ASSERT_TRUE(topology) << topology.error().reason;
  ASSERT_EQ(topology->members.size(), 2U);
  const auto* eu = topology->find(1);
  ASSERT_NE(eu, nullptr);
  EXPECT_EQ(eu->id, "eu");
  EXPECT_EQ(eu->region, "eu-central");
  EXPECT_EQ(eu->provider, "hetzner");
  ASSERT_EQ(eu->mesh.size(), 2U);
  EXPECT_EQ(eu->mesh[0].host, "10.0.0.1");
  EXPECT_EQ(eu->mesh[1].host, "fd00::1");
  EXPECT_EQ(eu->mesh[1].port, 7443);
  EXPECT_EQ(topology->find(3), nullptr);
}

TEST(TopologyTest, WhatIsWrongIsSaidWithItsLine) {
  const auto reason = [](std::string_view text) {
    const auto topology = Topology::parse(text);
    return topology ? "read" : topology.error().reason;
  };

  EXPECT_EQ(reason(""), "topology: no [[cell]] in it");
  EXPECT_EQ(reason("[[cell]]\nid = \"a\""), "topology, line 1: a cell has a number from 1 to 65535");
  EXPECT_EQ(reason("[[cell]]\nnumber = 70000\nid = \"a\""), "topology, line 1: a cell has a number from 1 to 65535");
  EXPECT_EQ(reason("[[cell]]\nnumber = 7\nmesh = []"), "topology, line 1: a cell has an id");
  EXPECT_EQ(reason("[[cell]]\nnumber = 1\nid = \"a\"\nmesh = [\"nowhere\"]"),
            "topology, line 4: an address of the mesh is HOST:PORT");
  EXPECT_EQ(reason("[[cell]]\nnumber = 1\nid = \"a\"\nmesh = [\"a:0\"]"),
            "topology, line 4: an address of the mesh is HOST:PORT");
  EXPECT_EQ(reason("[[cell]]\nnumber = 1\nid = \"a\"\n[[cell]]\nnumber = 1\nid = \"b\""),
            "topology, line 4: a number is there twice");
  EXPECT_TRUE(reason("[[cell]]\nnumber = 1\nid = \"a\"\nmseh = []").contains("not mseh"));
  EXPECT_TRUE(reason("[[cell]").starts_with("topology, line 1: "));
  EXPECT_EQ(Topology::read("/nonexistent").error().reason, "topology.file: cannot read /nonexistent");
}

}  // namespace
}  // namespace cardea::replicate
