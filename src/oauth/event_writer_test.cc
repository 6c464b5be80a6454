#include "oauth/event_writer.h"

#include <gtest/gtest.h>

#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

class EventWriterTest : public OauthTest {
 protected:
  model::Event event(const std::string& type) {
    model::Event made;
    made.tenant = tenant_id;
    made.type = type;
    made.at = clock.now();
    return made;
  }
  void work() {
    background.restart();
    background.poll();
  }
  static base::awaitable<bool> flushed(EventWriter& writer) {
    co_await writer.flush();
    co_return true;
  }
  EventWriter small() {
    return EventWriter(*database, background.get_executor(), no_sleep, log, {.max_pending = 10, .max_batch = 4});
  }
};

TEST_F(EventWriterTest, WhatIsPostedIsWrittenInOrderInTheBackground) {
  auto writer = small();
  for (const auto* type : {"a", "b", "c", "d", "e"}) writer.post(event(type));
  EXPECT_TRUE(event_types().empty());

  work();

  EXPECT_EQ(event_types(), (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(writer.written(), 5u);
}

TEST_F(EventWriterTest, BeyondTheBoundEventsAreDroppedAndCounted) {
  auto writer = small();
  for (int i = 0; i < 15; ++i) writer.post(event("x"));
  EXPECT_EQ(writer.dropped(), 5u);

  work();

  EXPECT_EQ(writer.written(), 10u);
  writer.post(event("y"));
  work();
  EXPECT_EQ(writer.written(), 11u);
}

TEST_F(EventWriterTest, AStoreThatIsDownCostsEventsButStopsNothing) {
  auto writer = small();
  database->down = true;
  writer.post(event("lost"));
  work();
  EXPECT_EQ(writer.dropped(), 1u);

  database->down = false;
  writer.post(event("kept"));
  work();
  EXPECT_EQ(event_types(), std::vector<std::string>{"kept"});
}

TEST_F(EventWriterTest, FlushReturnsWhenAllIsWritten) {
  auto writer = small();
  EXPECT_TRUE(run(flushed(writer)));
  writer.post(event("a"));
  work();
  EXPECT_TRUE(run(flushed(writer)));
  EXPECT_EQ(event_types(), std::vector<std::string>{"a"});
}

}  // namespace
}  // namespace cardea::oauth
