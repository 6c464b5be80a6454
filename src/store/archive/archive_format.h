#pragma once

#include <cstdint>
#include <string_view>

// The constants of the outer form of archives (store/archive/sealed_archive.h).
namespace cardea::store {

inline constexpr std::string_view kMagic = "CARDEA-ARCHIVE\n";
inline constexpr int kFormat = 1;
inline constexpr std::uint64_t kLastChunk = 0x80000000;  // bit of a chunk's length
inline constexpr std::size_t kChunk = 256 * 1024;        // bytes before they are sealed
inline constexpr std::size_t kMaxHeader = 4096;
inline constexpr std::size_t kMaxManifest = 1 << 20;
inline constexpr std::size_t kMac = 32;

inline constexpr std::string_view kWrapPurpose = "archive: data key";
inline constexpr std::string_view kContentPurpose = "archive: content";
inline constexpr std::string_view kManifestPurpose = "archive: manifest";

}  // namespace cardea::store
