#include "base/color.h"

#include <gtest/gtest.h>

namespace cardea::base {
namespace {

TEST(Color, reads_short_and_long_hex_and_nothing_else) {
  EXPECT_EQ(parse_color("#fff"), kWhite);
  EXPECT_EQ(parse_color("#0aF"), (Color{0x00, 0xaa, 0xff}));
  EXPECT_EQ(parse_color("#3056d3"), (Color{0x30, 0x56, 0xd3}));

  for (const auto* bad : {"", "#", "fff", "#ff", "#ffff", "#fffff", "#gggggg", "#fffffff", "red", "rgb(0,0,0)", "#fff;",
                          "#12345\n", "#fff}*{", " #fff", "#-12345"})
    EXPECT_EQ(parse_color(bad), std::nullopt) << bad;
}

TEST(Color, writes_what_it_reads) { EXPECT_EQ(to_hex(*parse_color("#0A1b9F")), "0a1b9f"); }

TEST(Color, measures_contrast_as_wcag_does) {
  EXPECT_DOUBLE_EQ(contrast(kWhite, kBlack), 21.0);
  EXPECT_DOUBLE_EQ(contrast(kBlack, kWhite), 21.0);
  EXPECT_DOUBLE_EQ(contrast(kWhite, kWhite), 1.0);
  EXPECT_NEAR(contrast(*parse_color("#767676"), kWhite), 4.54, 0.01);  // the lightest grey that passes on white
  EXPECT_NEAR(contrast(*parse_color("#777777"), kWhite), 4.48, 0.01);
  EXPECT_NEAR(relative_luminance(*parse_color("#ff0000")), 0.2126, 1e-9);
}

TEST(Color, finds_readable_text_for_every_background) {
  for (int red = 0; red < 256; red += 15)
    for (int green = 0; green < 256; green += 15)
      for (int blue = 0; blue < 256; blue += 15) {
        const Color background{static_cast<std::uint8_t>(red), static_cast<std::uint8_t>(green),
                               static_cast<std::uint8_t>(blue)};
        ASSERT_GE(contrast(text_on(background), background), kReadable) << to_hex(background);
      }
}

TEST(Color, moves_a_colour_only_as_far_as_needed) {
  const Color blue = *parse_color("#3056d3"), yellow = *parse_color("#ffd400");

  EXPECT_EQ(readable_on(blue, kWhite, kReadable), blue);
  const Color darker = readable_on(yellow, kWhite, kReadable);
  EXPECT_GE(contrast(darker, kWhite), kReadable);
  EXPECT_LT(contrast(darker, kWhite), kReadable + 0.5);
  EXPECT_GE(contrast(readable_on(kBlack, kBlack, kReadable), kBlack), kReadable);
}

}  // namespace
}  // namespace cardea::base
