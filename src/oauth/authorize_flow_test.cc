#include "oauth/authorize_flow.h"

#include <gtest/gtest.h>

#include "tests/oauth/oauth_fixture.h"

namespace cardea::oauth {
namespace {

class AuthorizeFlowTest : public OauthTest {
 protected:
  using Outcome = AuthorizeFlow::Outcome;
  static constexpr std::string_view kBrowser = "browser-cookie";

  static Params ask(const Params& more = {}) {
    return with({{"client_id", std::string(kWeb)},
                 {"response_type", "code"},
                 {"redirect_uri", std::string(kCallback)},
                 {"scope", "openid email read:orders"},
                 {"audience", std::string(kApi)},
                 {"state", "s-1"},
                 {"nonce", "n-1"}},
                more);
  }
  Outcome begin(const Params& parameters, const std::string& session_cookie = {}) {
    return run(authorize.begin(context(), Parameters(parameters), {session_cookie, std::string(kBrowser)}));
  }
  Outcome resume(const std::string& state, const std::string& session_cookie = {},
                 std::string_view browser = kBrowser) {
    return run(authorize.resume(context(), state, {session_cookie, std::string(browser)}));
  }
  // What the pages do with a transaction.
  template <class Change>
  std::string after_pages(const std::string& state, Change change) {
    auto transaction = must(transactions.open(context(), state, kBrowser));
    change(transaction);
    return transactions.seal(context(), transaction);
  }

  static std::string parameter(const Outcome& outcome, std::string_view name) {
    const auto* answer = std::get_if<ClientAnswer>(&outcome);
    if (!answer) return outcome.index() == 1 ? "(interaction)" : "(page)";
    return std::string(Parameters(answer->parameters).get(name));
  }
  static const AuthorizeFlow::Interaction& interaction(const Outcome& outcome) {
    EXPECT_TRUE(std::holds_alternative<AuthorizeFlow::Interaction>(outcome)) << parameter(outcome, "error_description");
    static const AuthorizeFlow::Interaction none{};
    const auto* found = std::get_if<AuthorizeFlow::Interaction>(&outcome);
    return found ? *found : none;
  }
};

TEST_F(AuthorizeFlowTest, WithoutASessionTheLoginPageIsNext) {
  ada();
  const auto outcome = begin(ask());

  EXPECT_EQ(interaction(outcome).page, NextStep::login);
  EXPECT_FALSE(interaction(outcome).signup);
  EXPECT_TRUE(interaction(begin(ask({{"screen_hint", "signup"}}))).signup);
}

TEST_F(AuthorizeFlowTest, AfterTheLoginTheClientGetsACodeThatItCanRedeem) {
  const auto session = sign_in(ada());
  const auto state = after_pages(interaction(begin(ask())).state, [&](auto& t) {
    t.session = session.id;
    t.authenticated = true;
  });

  const auto outcome = resume(state, cookie(session));

  ASSERT_NE(parameter(outcome, "code"), "");
  const auto& answer = std::get<ClientAnswer>(outcome);
  const auto outgoing = outgoing_parameters(context(), answer);
  EXPECT_EQ(outgoing[1], (base::QueryPair{"state", "s-1"}));
  EXPECT_EQ(outgoing[2], (base::QueryPair{"iss", context().address.issuer}));
  const auto given = tokens(with(exchange(parameter(outcome, "code")), {{"code_verifier", ""}}));
  ASSERT_TRUE(given) << given.error().description;
  EXPECT_EQ(text(claims_of(text(*given, "id_token")), "nonce"), "n-1");
  EXPECT_EQ(text(*given, "scope"), "openid email read:orders");
}

TEST_F(AuthorizeFlowTest, ASessionAnswersAtOnceAndNotesTheClient) {
  const auto session = sign_in(ada());

  const auto outcome = begin(ask({{"prompt", "none"}}), cookie(session));

  EXPECT_NE(parameter(outcome, "code"), "");
  EXPECT_TRUE(has_event("ssa"));
  const auto row = run(sessions.find(tenant_id, session.id));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->clients, std::vector<model::ClientId>{model::ClientId{std::string(kWeb)}});
}

TEST_F(AuthorizeFlowTest, SilentRequestsAreToldWhatIsMissing) {
  EXPECT_EQ(parameter(begin(ask({{"prompt", "none"}})), "error"), "login_required");
  EXPECT_EQ(parameter(begin(ask({{"prompt", "none"}})), "error_description"), "Login required");
  EXPECT_TRUE(has_event("fsa"));
  change_client(kWeb, {{"is_first_party", false}});
  const auto session = sign_in(ada());
  EXPECT_EQ(parameter(begin(ask({{"prompt", "none"}}), cookie(session)), "error"), "consent_required");
}

TEST_F(AuthorizeFlowTest, PromptLoginAsksOnceMoreAndAddsAuthTime) {
  const auto old = sign_in(ada());
  const auto login = begin(ask({{"prompt", "login"}}), cookie(old));
  ASSERT_EQ(interaction(login).page, NextStep::login);
  clock.advance(std::chrono::seconds(5));
  const auto fresh = sign_in(ada());

  const auto outcome = resume(after_pages(interaction(login).state,
                                          [&](auto& t) {
                                            t.session = fresh.id;
                                            t.authenticated = true;
                                          }),
                              cookie(fresh));

  const auto given = tokens(with(exchange(parameter(outcome, "code")), {{"code_verifier", ""}}));
  ASSERT_TRUE(given);
  EXPECT_EQ(claims_of(text(*given, "id_token")).at("auth_time"), base::to_seconds(clock.now()));
}

TEST_F(AuthorizeFlowTest, SelectAccountShowsTheChooser) {
  const auto session = sign_in(ada());
  const auto chooser = begin(ask({{"prompt", "select_account"}}), cookie(session));
  EXPECT_EQ(interaction(chooser).page, NextStep::choose_account);

  const auto outcome = resume(after_pages(interaction(chooser).state,
                                          [&](auto& t) {
                                            t.session = session.id;
                                            t.account_chosen = true;
                                          }),
                              cookie(session));
  EXPECT_NE(parameter(outcome, "code"), "");
}

TEST_F(AuthorizeFlowTest, ConsentIsAskedForRememberedAndAskedForAgainWhenMoreIsWanted) {
  change_client(kWeb, {{"is_first_party", false}});
  const auto session = sign_in(ada());
  const auto first = begin(ask(), cookie(session));
  ASSERT_EQ(interaction(first).page, NextStep::consent);
  const auto agreed =
      resume(after_pages(interaction(first).state, [](auto& t) { t.consented = true; }), cookie(session));
  EXPECT_NE(parameter(agreed, "code"), "");

  model::Consent consent;
  consent.user = ada().key;
  consent.user_id = ada().user_id;
  consent.client = model::ClientId{std::string(kWeb)};
  consent.audience = kApi;
  consent.scope = {"openid", "email", "read:orders"};
  write([&](store::Transaction& t) { return consents.add_in(t, tenant_id, consent); });

  EXPECT_NE(parameter(begin(ask(), cookie(session)), "code"), "");
  EXPECT_EQ(interaction(begin(ask({{"scope", "openid write:orders"}}), cookie(session))).page, NextStep::consent);
}

TEST_F(AuthorizeFlowTest, NoIsAccessDenied) {
  change_client(kWeb, {{"is_first_party", false}});
  const auto session = sign_in(ada());
  const auto question = begin(ask(), cookie(session));

  const auto outcome = resume(after_pages(interaction(question).state, [](auto& t) { t.declined = true; }));

  EXPECT_EQ(parameter(outcome, "error"), "access_denied");
  EXPECT_EQ(parameter(outcome, "error_description"), "User did not authorize the request");
}

TEST_F(AuthorizeFlowTest, TheConsentPageIsToldTheDefaultAudience) {
  change_client(kWeb, {{"is_first_party", false}});
  change_tenant({{"default_audience", kApi}});
  const auto session = sign_in(ada());

  const auto question = begin(ask({{"audience", ""}}), cookie(session));

  const auto transaction = must(transactions.open(context(), interaction(question).state, kBrowser));
  EXPECT_EQ(base::get_string_or(transaction.request, "audience"), kApi);
}

TEST_F(AuthorizeFlowTest, ASessionOfAConnectionThatTheClientDoesNotHaveIsNone) {
  const auto session = sign_in(ada());
  add(store::Kind::connection,
      {{"id", "con_2"}, {"name", "staff"}, {"strategy", "auth0"}, {"enabled_clients", {kWeb}}});
  EXPECT_EQ(interaction(begin(ask({{"connection", "staff"}}), cookie(session))).page, NextStep::login);
  EXPECT_NE(parameter(begin(ask({{"connection", std::string(kConnection)}}), cookie(session)), "code"), "");

  change(store::Kind::connection, "con_1", {{"enabled_clients", {kSpa}}});
  EXPECT_EQ(interaction(begin(ask(), cookie(session))).page, NextStep::login);
}

TEST_F(AuthorizeFlowTest, AClientWithoutConnectionsSignsNobodyIn) {
  change(store::Kind::connection, "con_1", {{"enabled_clients", {kSpa}}});

  EXPECT_EQ(parameter(begin(ask()), "error"), "invalid_request");
}

TEST_F(AuthorizeFlowTest, AHintOfAnotherPersonMeansALogin) {
  const auto session = sign_in(ada());
  const auto grace = make_user("grace@example.com", "Correct-horse-2");
  const auto theirs = sign_in(grace);
  const auto id_token_of = [&](const model::Session& of) {
    const auto outcome = begin(ask({{"response_type", "id_token"}}), cookie(of));
    return parameter(outcome, "id_token");
  };

  EXPECT_NE(parameter(begin(ask({{"id_token_hint", id_token_of(session)}}), cookie(session)), "code"), "");
  EXPECT_EQ(interaction(begin(ask({{"id_token_hint", id_token_of(theirs)}}), cookie(session))).page, NextStep::login);
  EXPECT_EQ(interaction(begin(ask({{"id_token_hint", "nonsense"}}), cookie(session))).page, NextStep::login);
}

TEST_F(AuthorizeFlowTest, FrontChannelAnswersCarryTheHashesOfWhatStandsBesideThem) {
  const auto session = sign_in(ada());

  const auto outcome = begin(ask({{"response_type", "code id_token token"}}), cookie(session));

  const auto id = claims_of(parameter(outcome, "id_token"));
  EXPECT_EQ(text(id, "at_hash"), half_hash(parameter(outcome, "access_token"), crypto::SigningAlgorithm::es256));
  EXPECT_EQ(text(id, "c_hash"), half_hash(parameter(outcome, "code"), crypto::SigningAlgorithm::es256));
  EXPECT_EQ(text(id, "nonce"), "n-1");
  EXPECT_EQ(parameter(outcome, "expires_in"), "7200");
  EXPECT_EQ(parameter(outcome, "token_type"), "Bearer");
  EXPECT_EQ(std::get<ClientAnswer>(outcome).target.mode, ResponseMode::fragment);
}

// OpenID Connect Core §A.3: at_hash of "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y" under RS256.
TEST_F(AuthorizeFlowTest, HalfHashIsThatOfTheSpecification) {
  EXPECT_EQ(half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y", crypto::SigningAlgorithm::rs256),
            "77QmUPtjPfzWtF2AnpK9RQ");
  // §A.4: c_hash.
  EXPECT_EQ(half_hash("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk", crypto::SigningAlgorithm::rs256),
            "LDktKdoQak3Pk0cnXxCltA");
}

TEST_F(AuthorizeFlowTest, UnknownAudiencesGoBackToTheClient) {
  const auto outcome = begin(ask({{"audience", "https://nothing/"}}));

  EXPECT_EQ(parameter(outcome, "error"), "access_denied");
  EXPECT_EQ(parameter(outcome, "error_description"), "Service not found: https://nothing/");
}

TEST_F(AuthorizeFlowTest, WhatCannotBeTrustedStaysOnAPage) {
  EXPECT_TRUE(std::holds_alternative<AuthorizeFlow::OnPage>(begin(ask({{"redirect_uri", "https://evil/"}}))));
  const auto state = interaction(begin(ask())).state;
  for (const auto& outcome :
       {resume("nonsense"), resume(""), resume(state, {}, "another browser"), resume(state, {}, "")}) {
    ASSERT_TRUE(std::holds_alternative<AuthorizeFlow::OnPage>(outcome));
    EXPECT_TRUE(std::get<AuthorizeFlow::OnPage>(outcome).lost_login);
  }
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(std::holds_alternative<AuthorizeFlow::OnPage>(resume(state)));
}

TEST_F(AuthorizeFlowTest, BlockedDeletedAndSignedOutUsersGetNoCode) {
  const auto session = sign_in(ada());
  const auto value = cookie(session);
  const auto state = after_pages(interaction(begin(ask())).state, [&](auto& t) {
    t.session = session.id;
    t.authenticated = true;
  });
  write([&](store::Transaction& t) -> base::Result<void> {
    auto done = users.update_in(t, tenant_id, ada().key, {{"blocked", true}});
    if (!done) return base::pass_on(done);
    return {};
  });
  EXPECT_EQ(parameter(resume(state, value), "error"), "unauthorized");
  EXPECT_EQ(parameter(resume(state, value), "error_description"), "user is blocked");

  write([&](store::Transaction& t) { return users.erase_in(t, tenant_id, ada().key); });
  EXPECT_EQ(interaction(resume(state, value)).page, NextStep::login);
}

TEST_F(AuthorizeFlowTest, AnotherTabsLoginIsNotTakenForThisOne) {
  const auto here = sign_in(ada());
  const auto state = after_pages(interaction(begin(ask())).state, [&](auto& t) {
    t.session = here.id;
    t.authenticated = true;
  });

  EXPECT_EQ(interaction(resume(state, cookie(sign_in(ada())))).page, NextStep::login);
  EXPECT_EQ(interaction(resume(state)).page, NextStep::login);
}

TEST_F(AuthorizeFlowTest, AStoreThatIsDownIsTemporary) {
  const auto session = sign_in(ada());
  const auto held = context();
  const auto value = cookie(session);
  database->down = true;

  const auto outcome = run(authorize.begin(held, Parameters(ask()), {value, std::string(kBrowser)}));

  EXPECT_EQ(parameter(outcome, "error"), "temporarily_unavailable");
}

}  // namespace
}  // namespace cardea::oauth
