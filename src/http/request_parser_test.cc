#include "http/request_parser.h"

#include <gtest/gtest.h>

#include "http/request_builder.h"

namespace cardea::http {
namespace {

// The status that the request is refused with; 0: it is whole; -1: it needs more.
int outcome(std::string_view bytes, std::size_t step = 1'000'000, std::string* body = nullptr) {
  RequestParser parser({});
  std::size_t begin = 0;
  for (std::size_t end = 0; end < bytes.size();) {
    end = std::min(bytes.size(), end + step);
    while (true) {
      const auto before = parser.state();
      const auto taken = parser.feed(bytes.substr(begin, end - begin));
      begin += taken;
      if (before == RequestParser::State::head && parser.state() == RequestParser::State::body) parser.limit_body(1000);
      if (taken == 0 || begin == end) break;
    }
    if (parser.state() == RequestParser::State::refused) return parser.refusal();
    if (parser.state() == RequestParser::State::done) {
      if (body != nullptr) *body = parser.body();
      return 0;
    }
  }
  return -1;
}

struct Case {
  const char* what;
  std::string bytes;
  int status;
};

TEST(RequestParser, RefusesWhatTwoReadersCouldReadDifferently) {
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const Case cases[] = {
      {"good", get + "\r\n", 0},
      {"one empty line before", "\r\n" + get + "\r\n", 0},
      {"good body", post + "Content-Length: 2\r\n\r\nab", 0},
      {"good chunks", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 0},
      {"chunk extensions and trailers", post + "Transfer-Encoding: Chunked\r\n\r\n2;x=y\r\nab\r\n0\r\nX-T: 1\r\n\r\n",
       0},
      {"length and chunks", post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunks and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400},
      {"two equal lengths", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", 400},
      {"two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nab", 400},
      {"length list", post + "Content-Length: 2, 2\r\n\r\nab", 400},
      {"signed length", post + "Content-Length: +2\r\n\r\nab", 400},
      {"negative length", post + "Content-Length: -2\r\n\r\nab", 400},
      {"hex length", post + "Content-Length: 0x2\r\n\r\nab", 400},
      {"empty length", post + "Content-Length:\r\n\r\n", 400},
      {"huge length", post + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {"two codings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"other coding", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
      {"hidden coding", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"bad chunk size", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n", 400},
      {"0x chunk size", post + "Transfer-Encoding: chunked\r\n\r\n0x2\r\nab\r\n0\r\n\r\n", 400},
      {"chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400},
      {"blank behind the chunk size", post + "Transfer-Encoding: chunked\r\n\r\n2 \r\nab\r\n0\r\n\r\n", 400},
      {"bare LF behind the chunk size", post + "Transfer-Encoding: chunked\r\n\r\n2\nab\r\n0\r\n\r\n", 400},
      {"bare LF behind the chunk", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\n0\r\n\r\n", 400},
      {"the last chunk alone", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0},
      {"endless extension", post + "Transfer-Encoding: chunked\r\n\r\n2;" + std::string(2000, 'x'), 400},
      {"trailer without colon", post + "Transfer-Encoding: chunked\r\n\r\n0\r\nabc\r\n\r\n", 400},
      {"folded trailer", post + "Transfer-Encoding: chunked\r\n\r\n0\r\na: b\r\n c: d\r\n\r\n", 400},
      {"endless chunk size", post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
      {"space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"folded line", get + "X: 1\r\n 2\r\n\r\n", 400},
      {"folded by tab", get + "X: 1\r\n\t2\r\n\r\n", 400},
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"LF in a value", get + "X: 1\nY: 2\r\n\r\n", 400},
      {"bare CR", get + "X: 1\rY: 2\r\n\r\n", 400},
      {"NUL", get + std::string("X: 1\0\r\n\r\n", 9), 400},
      {"control in a name", get + "X\x01: 1\r\n\r\n", 400},
      {"control in a value", get + "X: \x01\r\n\r\n", 400},
      {"no colon", get + "X\r\n\r\n", 400},
      {"no name", get + ": 1\r\n\r\n", 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get + "Host: a\r\n\r\n", 400},
      {"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 0},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505},
      {"lower case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 505},
      {"bad method", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"empty lines only", "\r\n\r\n", 400},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\n", 7), 400},
      {"unknown expectation", get + "Expect: miracles\r\n\r\n", 417},
      {"body too large", post + "Content-Length: 1001\r\n\r\n", 413},
      {"chunk too large", post + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n", 413},
      {"chunks together too large",
       post + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'x') + "\r\n1\r\n", 413},
      {"long request line", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"long request line without end", "GET /" + std::string(9000, 'a'), 414},
      {"large header", get + "X: " + std::string(17'000, 'a'), 431},
      {"incomplete", get, -1},
      {"incomplete body", post + "Content-Length: 3\r\n\r\nab", -1},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(outcome(c.bytes), c.status) << c.what;
    EXPECT_EQ(outcome(c.bytes, 1), c.status) << c.what << ", byte by byte";
  }
}

TEST(RequestParser, RefusesTooManyFields) {
  std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 99; ++i) bytes += "X: 1\r\n";

  EXPECT_EQ(outcome(bytes + "\r\n"), 0);
  EXPECT_EQ(outcome(bytes + "X: 1\r\n\r\n"), 431);
}

TEST(RequestParser, PutsChunksTogetherAndDropsTrailers) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\nHost: "
      "evil\r\n\r\n";
  for (const std::size_t step : {1UL, 2UL, 7UL, 1000UL}) {
    std::string body;
    EXPECT_EQ(outcome(bytes, step, &body), 0);
    EXPECT_EQ(body, "abc0123456789") << step;
  }
}

TEST(RequestParser, KnowsWhetherTheConnectionStays) {
  const std::tuple<const char*, const char*, bool> cases[] = {{"1.1", "", true},
                                                              {"1.1", "Connection: close\r\n", false},
                                                              {"1.1", "Connection: TE, Close\r\n", false},
                                                              {"1.0", "", false},
                                                              {"1.0", "Connection: Keep-Alive\r\n", true},
                                                              {"1.0", "Connection: keep-alive, close\r\n", false},
                                                              {"1.1", "Connection: closed\r\n", true}};
  for (const auto& [version, header, keeps] : cases) {
    RequestParser parser({});
    const auto bytes = "GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" + header + "\r\n";
    EXPECT_EQ(parser.feed(bytes), bytes.size());
    EXPECT_EQ(parser.head().keep_alive, keeps) << version << header;
  }
}

TEST(RequestBuilder, SplitsAndDecodesTheTarget) {
  struct Target {
    const char* target;
    int status;
    const char* path;
    const char* query;
    const char* host;
  };
  const Target cases[] = {
      {"/a/b?x=1?2", 0, "/a/b", "x=1?2", "h.example"},
      {"/a%20b/c%2Fd%2fe/%7C", 0, "/a b/c%2Fd%2Fe/|", "", "h.example"},
      {"/%C3%A9", 0, "/é", "", "h.example"},
      {"http://Other.example:81/p?q", 0, "/p", "q", "other.example:81"},
      {"https://other.example", 0, "/", "", "other.example"},
      {"https://other.example?q", 0, "/", "q", "other.example"},
      {"*", 0, "*", "", "h.example"},
      {"/%", 400, "", "", ""},
      {"/%zz", 400, "", "", ""},
      {"/%00", 400, "", "", ""},
      {"/%FF", 400, "", "", ""},
      {"/a#b", 400, "", "", ""},
      {"relative", 400, "", "", ""},
      {"h.example:443", 400, "", "", ""},
      {"http://", 400, "", "", ""},
      {"http://a b/", 400, "", "", ""},
      {"http://user@a/", 400, "", "", ""},
      {"/\xC3\xA9", 400, "", "", ""},
  };
  for (const auto& c : cases) {
    RequestHead head;
    head.method = "GET";
    head.target = c.target;
    head.headers.add("Host", "H.example");
    const std::vector<Cidr> nobody;
    const auto request = build_request(head, {*IpAddress::parse("127.0.0.1"), "127.0.0.1", false, nobody});
    ASSERT_EQ(request.has_value(), c.status == 0) << c.target;
    if (!request) continue;
    EXPECT_EQ(request->path, c.path) << c.target;
    EXPECT_EQ(request->query, c.query) << c.target;
    EXPECT_EQ(request->host, c.host) << c.target;
    EXPECT_EQ(request->scheme, "http");
    EXPECT_TRUE(request->from_loopback);
  }
}

}  // namespace
}  // namespace cardea::http
