#include "identity/common_passwords.h"

#include <algorithm>
#include <array>

namespace cardea::identity {
namespace {

using namespace std::string_view_literals;

// Digits and signs at the end of a password are cut off before it is looked for here.
constexpr std::array kStems{
    "abc"sv,        "abcd"sv,      "abcdef"sv,     "access"sv,    "admin"sv,      "administrator"sv, "adobe"sv,
    "alexander"sv,  "amanda"sv,    "andrea"sv,     "andrew"sv,    "angel"sv,      "anthony"sv,       "apple"sv,
    "asdf"sv,       "asdfasdf"sv,  "asdfgh"sv,     "asdfghjkl"sv, "ashley"sv,     "asshole"sv,       "austin"sv,
    "azerty"sv,     "bailey"sv,    "banana"sv,     "baseball"sv,  "basketball"sv, "batman"sv,        "biteme"sv,
    "bonjour"sv,    "buster"sv,    "butterfly"sv,  "changeme"sv,  "charlie"sv,    "cheese"sv,        "chelsea"sv,
    "chocolate"sv,  "computer"sv,  "cookie"sv,     "daniel"sv,    "default"sv,    "dragon"sv,        "easter"sv,
    "family"sv,     "flower"sv,    "football"sv,   "freedom"sv,   "friend"sv,     "friends"sv,       "fuckyou"sv,
    "geheim"sv,     "george"sv,    "ginger"sv,     "google"sv,    "guest"sv,      "hallo"sv,         "hannah"sv,
    "harley"sv,     "hello"sv,     "hockey"sv,     "hottie"sv,    "hunter"sv,     "iloveyou"sv,      "jasmine"sv,
    "jennifer"sv,   "jessica"sv,   "jesus"sv,      "jordan"sv,    "joshua"sv,     "justin"sv,        "killer"sv,
    "letmein"sv,    "liverpool"sv, "login"sv,      "lovely"sv,    "loveme"sv,     "loveyou"sv,       "maggie"sv,
    "manager"sv,    "master"sv,    "matrix"sv,     "matthew"sv,   "merlin"sv,     "michael"sv,       "michelle"sv,
    "monkey"sv,     "monster"sv,   "motdepasse"sv, "mustang"sv,   "mynoob"sv,     "naruto"sv,        "nicole"sv,
    "ninja"sv,      "nothing"sv,   "opensesame"sv, "orange"sv,    "pa$$w"sv,      "pa$$word"sv,      "pass"sv,
    "passw"sv,      "password"sv,  "passwort"sv,   "pepper"sv,    "photoshop"sv,  "pokemon"sv,       "princess"sv,
    "purple"sv,     "p@ss"sv,      "p@ssw"sv,      "p@ssword"sv,  "q1w2e"sv,      "qazwsx"sv,        "qwer"sv,
    "qwert"sv,      "qwerty"sv,    "qwertyuiop"sv, "qwertz"sv,    "ranger"sv,     "robert"sv,        "root"sv,
    "samantha"sv,   "samsung"sv,   "secret"sv,     "security"sv,  "server"sv,     "shadow"sv,        "silver"sv,
    "snoopy"sv,     "soccer"sv,    "solo"sv,       "sommer"sv,    "spring"sv,     "starwars"sv,      "summer"sv,
    "sunshine"sv,   "superman"sv,  "supervisor"sv, "temp"sv,      "test"sv,       "tester"sv,        "testing"sv,
    "thomas"sv,     "thunder"sv,   "tigger"sv,     "trustno"sv,   "user"sv,       "whatever"sv,      "welcome"sv,
    "willkommen"sv, "winter"sv,    "yankees"sv,    "zaq1zaq"sv,   "zxcvbn"sv,     "zxcvbnm"sv};

// What stays when there is nothing but digits and signs.
constexpr std::array kNumbers{"000000"sv,  "00000000"sv, "0987654321"sv, "1111"sv,     "11111111"sv,  "111111"sv,
                              "112233"sv,  "121212"sv,   "123"sv,        "123123"sv,   "123123123"sv, "1234"sv,
                              "12345"sv,   "123456"sv,   "1234567"sv,    "12345678"sv, "123456789"sv, "1234567890"sv,
                              "123321"sv,  "1q2w3e4r"sv, "1q2w3e4r5t"sv, "1qaz2wsx"sv, "131313"sv,    "159753"sv,
                              "222222"sv,  "555555"sv,   "654321"sv,     "666666"sv,   "696969"sv,    "777777"sv,
                              "7777777"sv, "87654321"sv, "888888"sv,     "88888888"sv, "987654321"sv, "999999"sv};

std::string_view stem_of(std::string_view text) {
  while (!text.empty() && !(text.back() >= 'a' && text.back() <= 'z')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool is_common_password(std::string_view lower_case) {
  if (std::ranges::find(kNumbers, lower_case) != kNumbers.end()) return true;
  const auto stem = stem_of(lower_case);
  return !stem.empty() && std::ranges::find(kStems, stem) != kStems.end();
}

}  // namespace cardea::identity
