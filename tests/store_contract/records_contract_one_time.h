#pragma once

#include "tests/store_contract/records_contract.h"

namespace cardea::store::contract {

TEST_P(RecordsContract, what_was_consumed_stays_consumed_until_it_could_not_be_valid_any_more) {
  base::json::object earlier;
  const auto consume = [&](std::string_view purpose, std::string_view id) {
    return commit([&](Transaction& t) {
      return consumptions().consume_in(t, tenant_, purpose, id, clock_.now() + std::chrono::minutes{1},
                                       {{"family", "f1"}}, &earlier);
    });
  };

  EXPECT_TRUE(consume("code", "abc"));
  EXPECT_TRUE(*wait(consumptions().consumed(tenant_, "code", "abc")));
  EXPECT_FALSE(*wait(consumptions().consumed(tenant_, "code", "abd")));
  EXPECT_TRUE(consume("jti", "abc")) << "purposes do not mix";
  EXPECT_TRUE(earlier.empty());
  EXPECT_EQ(code_of(consume("code", "abc")), base::Errc::conflict);
  EXPECT_EQ(base::get_string_or(earlier, "family"), "f1") << "the second user learns what the first one got";
  clock_.advance(std::chrono::minutes{1});
  EXPECT_FALSE(*wait(consumptions().consumed(tenant_, "code", "abc")));
}

TEST_P(RecordsContract, of_eight_uses_of_one_code_one_wins) {
  const auto results = race(8, [&](Transaction& t) {
    return consumptions().consume_in(t, tenant_, "code", "abc", clock_.now() + std::chrono::minutes{1}, {});
  });

  EXPECT_EQ(successes(results), 1U);
  EXPECT_EQ(failures(results, base::Errc::conflict), 7U);
}

inline model::Ticket make_ticket(base::Time now) {
  model::Ticket ticket;
  ticket.token_hash = "hash";
  ticket.type = "reset_password";
  ticket.user = model::UserKey{"01USER"};
  ticket.client = model::ClientId{"app"};
  ticket.result_url = "https://app/done";
  ticket.email = "a@b.se";
  ticket.include_email_in_redirect = true;
  ticket.mark_email_as_verified = true;
  ticket.expires_at = now + std::chrono::hours{1};
  return ticket;
}

TEST_P(RecordsContract, a_ticket_works_once_and_not_after_its_end) {
  auto ticket = make_ticket(clock_.now());
  auto late = ticket;
  late.token_hash = "late";
  ASSERT_TRUE(commit([&](Transaction& t) -> base::Result<void> {
    if (auto r = tickets().create_in(t, tenant_, ticket); !r) return r;
    return tickets().create_in(t, tenant_, late);
  }));
  const auto use = [&](std::string_view hash) {
    return commit([&](Transaction& t) { return tickets().use_in(t, tenant_, hash); });
  };

  const auto found = wait(tickets().find(tenant_, "hash"));
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->used);
  const auto used = use("hash");
  ASSERT_TRUE(used);
  EXPECT_EQ(used->type, ticket.type);
  EXPECT_EQ(used->user, ticket.user);
  EXPECT_EQ(used->client, ticket.client);
  EXPECT_EQ(used->result_url, ticket.result_url);
  EXPECT_EQ(used->email, ticket.email);
  EXPECT_TRUE(used->include_email_in_redirect && used->mark_email_as_verified && used->used);
  EXPECT_EQ(used->expires_at, ticket.expires_at);
  EXPECT_EQ(code_of(use("hash")), base::Errc::conflict);
  EXPECT_TRUE(wait(tickets().find(tenant_, "hash"))->used);
  EXPECT_EQ(code_of(use("unknown")), base::Errc::not_found);
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(code_of(use("late")), base::Errc::not_found);
}

TEST_P(RecordsContract, of_eight_uses_of_one_ticket_one_wins) {
  ASSERT_TRUE(commit([&](Transaction& t) { return tickets().create_in(t, tenant_, make_ticket(clock_.now())); }));

  const auto results = race(8, [&](Transaction& t) -> base::Result<void> {
    auto used = tickets().use_in(t, tenant_, "hash");
    if (!used) return base::pass_on(used);
    return {};
  });

  EXPECT_EQ(successes(results), 1U);
  EXPECT_EQ(failures(results, base::Errc::conflict), 7U);
}

TEST_P(RecordsContract, consents_add_up_and_can_be_taken_back) {
  const model::UserKey user{"01USER"};
  const model::ClientId app{"app"};
  const auto agree = [&](const std::string& audience, std::vector<std::string> scope) {
    return commit([&](Transaction& t) {
      return consents().add_in(t, tenant_, {"", user, model::UserId{"auth0|1"}, app, audience, scope});
    });
  };

  ASSERT_TRUE(agree("https://api", {"openid", "read:x"}));
  ASSERT_TRUE(agree("https://api", {"read:x", "write:x"}));
  ASSERT_TRUE(agree("https://other api", {"read:y"}));

  const auto consent = wait(consents().find(tenant_, user, app, "https://api"));
  ASSERT_TRUE(consent);
  EXPECT_EQ(consent->scope, (std::vector<std::string>{"openid", "read:x", "write:x"}));
  EXPECT_EQ(consent->user_id.value, "auth0|1");
  EXPECT_EQ(wait(consents().of_user(tenant_, user))->size(), 2U);
  ASSERT_TRUE(commit([&](Transaction& t) { return consents().erase_in(t, tenant_, consent->row_id); }));
  EXPECT_EQ(code_of(wait(consents().find(tenant_, user, app, "https://api"))), base::Errc::not_found);
  EXPECT_EQ(code_of(commit([&](Transaction& t) { return consents().erase_in(t, tenant_, consent->row_id); })),
            base::Errc::not_found);
  ASSERT_TRUE(agree("https://api", {"openid"})) << "one may agree again";
  EXPECT_EQ(wait(consents().find(tenant_, user, app, "https://api"))->scope, std::vector<std::string>{"openid"});
}

class SessionContract : public RecordsContract {
 protected:
  model::Session make_session(const std::string& id) {
    model::Session session;
    session.id = model::SessionId{id};
    session.user = model::UserKey{"01USER"};
    session.user_id = model::UserId{"auth0|1"};
    session.connection = "people";
    session.created_at = session.auth_time = session.last_seen_at = clock_.now();
    session.idle_expires_at = clock_.now() + std::chrono::hours{1};
    session.expires_at = clock_.now() + std::chrono::hours{10};
    session.amr = {"pwd"};
    session.clients = {model::ClientId{"app"}};
    return session;
  }
  base::Result<void> put(const model::Session& session) {
    return commit([&](Transaction& t) { return sessions().put_in(t, tenant_, session); });
  }
};

TEST_P(SessionContract, a_session_is_kept_and_moves_with_its_use) {
  auto session = make_session("s1");
  ASSERT_TRUE(put(session));
  clock_.advance(std::chrono::minutes{50});
  session.last_seen_at = clock_.now();
  session.idle_expires_at = clock_.now() + std::chrono::hours{1};
  session.clients = {model::ClientId{"second"}};

  ASSERT_TRUE(put(session));

  clock_.advance(std::chrono::minutes{50});
  const auto kept = wait(sessions().find(tenant_, session.id));
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->user, session.user);
  EXPECT_EQ(kept->user_id, session.user_id);
  EXPECT_EQ(kept->connection, "people");
  EXPECT_EQ(kept->auth_time, session.auth_time);
  EXPECT_EQ(kept->last_seen_at, session.last_seen_at);
  EXPECT_EQ(kept->idle_expires_at, session.idle_expires_at);
  EXPECT_EQ(kept->expires_at, session.expires_at);
  EXPECT_EQ(kept->amr, session.amr);
  EXPECT_EQ(kept->clients, (std::vector{model::ClientId{"app"}, model::ClientId{"second"}})) << "nobody is forgotten";
  clock_.advance(std::chrono::minutes{10});
  EXPECT_EQ(code_of(wait(sessions().find(tenant_, session.id))), base::Errc::not_found) << "idled for an hour";
  EXPECT_EQ(code_of(commit([&](Transaction& t) { return sessions().get_in(t, tenant_, session.id); })),
            base::Errc::not_found);
}

TEST_P(SessionContract, what_was_revoked_cannot_be_brought_back) {
  const auto session = make_session("s1");
  ASSERT_TRUE(put(session));

  ASSERT_TRUE(commit([&](Transaction& t) { return sessions().revoke_in(t, tenant_, session); }));
  ASSERT_TRUE(put(session));

  EXPECT_TRUE(wait(sessions().find(tenant_, session.id))->revoked);
}

TEST_P(SessionContract, a_session_that_lives_elsewhere_is_revoked_before_its_end) {
  const auto session = make_session("elsewhere");

  ASSERT_TRUE(commit([&](Transaction& t) { return sessions().revoke_in(t, tenant_, session); }));

  EXPECT_TRUE(wait(sessions().find(tenant_, session.id))->revoked);
  EXPECT_TRUE(wait(sessions().of_user(tenant_, session.user))->empty());
  clock_.advance(session.expires_at - clock_.now() - std::chrono::seconds{1});
  EXPECT_TRUE(wait(sessions().find(tenant_, session.id))->revoked) << "idle or not";
}

TEST_P(SessionContract, a_user_is_signed_out_everywhere_at_once) {
  auto other = make_session("other");
  other.user = model::UserKey{"02USER"};
  for (const auto& session : {make_session("s1"), make_session("s2"), make_session("s3"), other})
    ASSERT_TRUE(put(session));
  ASSERT_TRUE(commit([&](Transaction& t) { return sessions().revoke_in(t, tenant_, make_session("s3")); }));
  EXPECT_EQ(wait(sessions().of_user(tenant_, model::UserKey{"01USER"}))->size(), 2U);

  const auto ended =
      commit([&](Transaction& t) { return sessions().revoke_of_user_in(t, tenant_, model::UserKey{"01USER"}); });

  ASSERT_TRUE(ended);
  ASSERT_EQ(ended->size(), 2U) << "those that were alive";
  EXPECT_EQ(ended->front().clients, std::vector{model::ClientId{"app"}});
  EXPECT_TRUE(wait(sessions().of_user(tenant_, model::UserKey{"01USER"}))->empty());
  EXPECT_FALSE(wait(sessions().find(tenant_, other.id))->revoked);
}

TEST_P(SessionContract, more_sessions_than_fit_a_list_are_all_revoked) {
  ASSERT_TRUE(write([&](Transaction& t) -> base::Result<void> {
    for (int i = 0; i < 1200; ++i)
      if (auto r = sessions().put_in(t, tenant_, make_session("s" + std::to_string(i))); !r) return r;
    return {};
  }));

  const auto ended =
      commit([&](Transaction& t) { return sessions().revoke_of_user_in(t, tenant_, model::UserKey{"01USER"}); });

  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->size(), 1200U);
  EXPECT_TRUE(wait(sessions().of_user(tenant_, model::UserKey{"01USER"}))->empty());
}

}  // namespace cardea::store::contract
