#include "tests/store_contract/lossy_vfs.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <vector>

#include "base/random.h"

namespace cardea::store {
namespace {

// One change that the disk has not yet made durable.
struct Unsynced {
  sqlite3_int64 offset = 0;
  std::string bytes;
  bool truncate = false;  // to `offset`
};

void make_visible(std::string& content, const Unsynced& change) {
  const auto offset = static_cast<std::size_t>(change.offset);
  if (change.truncate) {
    content.resize(offset);
    return;
  }
  if (content.size() < offset + change.bytes.size()) content.resize(offset + change.bytes.size());
  content.replace(offset, change.bytes.size(), change.bytes);
}

// A file as the programs see it, shared by all connections.
struct Image {
  std::string content;
  std::vector<Unsynced> unsynced;
};

}  // namespace

struct LossyDisk::State {
  State(Cache c, std::uint64_t seed) : cache(c), random(seed) {}

  // Counts a step; false when there is no power (any more). The lock is held.
  bool step() {
    if (!cut && steps_left-- == 0) lose_power();
    return !cut;
  }
  void lose_power() {
    cut = true;
    for (auto& [path, image] : images) {
      if (cache == Cache::drops_all) image->unsynced.clear();
      std::erase_if(image->unsynced, [this](const Unsynced&) { return base::random_bytes(random, 1)[0] % 2 == 0; });
    }
  }

  const Cache cache;
  base::SeededRandom random;
  std::mutex mutex;
  bool cut = false;
  bool full = false;
  std::uint64_t steps_left = std::numeric_limits<std::uint64_t>::max();
  std::map<std::string, std::shared_ptr<Image>> images;
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs{};
};

namespace {

// The real file's structure follows this one in memory.
struct LossyFile {
  sqlite3_file base;
  LossyDisk::State* disk;
  std::shared_ptr<Image>* image;
  sqlite3_file* real;
};

LossyFile& of(sqlite3_file* file) { return *reinterpret_cast<LossyFile*>(file); }
LossyDisk::State& of(sqlite3_vfs* vfs) { return *static_cast<LossyDisk::State*>(vfs->pAppData); }

// Makes the durable file equal to `image` after the changes that reached the disk.
int write_through(LossyFile& file) {
  for (const auto& change : (*file.image)->unsynced) {
    const int result = change.truncate
                           ? file.real->pMethods->xTruncate(file.real, change.offset)
                           : file.real->pMethods->xWrite(file.real, change.bytes.data(),
                                                         static_cast<int>(change.bytes.size()), change.offset);
    if (result != SQLITE_OK) return result;
  }
  (*file.image)->unsynced.clear();
  return SQLITE_OK;
}

int lossy_close(sqlite3_file* base) {
  auto& file = of(base);
  const std::scoped_lock lock(file.disk->mutex);
  // What is left after a cut is what the disk had kept by chance. A closed file is not a synced one.
  if (file.disk->cut) write_through(file);
  delete file.image;
  return file.real->pMethods->xClose(file.real);
}

int lossy_read(sqlite3_file* base, void* out, int amount, sqlite3_int64 offset) {
  auto& file = of(base);
  const std::scoped_lock lock(file.disk->mutex);
  if (file.disk->cut) return SQLITE_IOERR_READ;
  const std::string& content = (*file.image)->content;
  const auto wanted = static_cast<std::size_t>(amount);
  const auto at = std::min(static_cast<std::size_t>(offset), content.size());
  const auto got = std::min(wanted, content.size() - at);
  std::memcpy(out, content.data() + at, got);
  std::memset(static_cast<char*>(out) + got, 0, wanted - got);
  return got == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

int change(LossyFile& file, Unsynced made, int failure) {
  const std::scoped_lock lock(file.disk->mutex);
  if (!file.disk->step()) return failure;
  if (file.disk->full && !made.truncate) return SQLITE_FULL;
  make_visible((*file.image)->content, made);
  (*file.image)->unsynced.push_back(std::move(made));
  return SQLITE_OK;
}

int lossy_write(sqlite3_file* base, const void* data, int amount, sqlite3_int64 offset) {
  return change(of(base),
                {offset, std::string(static_cast<const char*>(data), static_cast<std::size_t>(amount)), false},
                SQLITE_IOERR_WRITE);
}

int lossy_truncate(sqlite3_file* base, sqlite3_int64 size) {
  return change(of(base), {size, {}, true}, SQLITE_IOERR_TRUNCATE);
}

int lossy_sync(sqlite3_file* base, int) {
  auto& file = of(base);
  const std::scoped_lock lock(file.disk->mutex);
  return file.disk->step() ? write_through(file) : SQLITE_IOERR_FSYNC;
}

int lossy_size(sqlite3_file* base, sqlite3_int64* size) {
  auto& file = of(base);
  const std::scoped_lock lock(file.disk->mutex);
  if (file.disk->cut) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>((*file.image)->content.size());
  return SQLITE_OK;
}

// Locks and shared memory are the operating system's and need no disk.
int lossy_lock(sqlite3_file* f, int level) { return of(f).real->pMethods->xLock(of(f).real, level); }
int lossy_unlock(sqlite3_file* f, int level) { return of(f).real->pMethods->xUnlock(of(f).real, level); }
int lossy_reserved(sqlite3_file* f, int* out) { return of(f).real->pMethods->xCheckReservedLock(of(f).real, out); }
int lossy_control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int lossy_sector(sqlite3_file* f) { return of(f).real->pMethods->xSectorSize(of(f).real); }
int lossy_device(sqlite3_file*) { return 0; }  // promises nothing
int lossy_shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
  return of(f).real->pMethods->xShmMap(of(f).real, page, size, extend, out);
}
int lossy_shm_lock(sqlite3_file* f, int offset, int n, int flags) {
  return of(f).real->pMethods->xShmLock(of(f).real, offset, n, flags);
}
void lossy_shm_barrier(sqlite3_file* f) { of(f).real->pMethods->xShmBarrier(of(f).real); }
int lossy_shm_unmap(sqlite3_file* f, int remove) { return of(f).real->pMethods->xShmUnmap(of(f).real, remove); }

// Version 2: shared memory, but no memory-mapped reads, which would bypass us.
constexpr sqlite3_io_methods kMethods{2,
                                      lossy_close,
                                      lossy_read,
                                      lossy_write,
                                      lossy_truncate,
                                      lossy_sync,
                                      lossy_size,
                                      lossy_lock,
                                      lossy_unlock,
                                      lossy_reserved,
                                      lossy_control,
                                      lossy_sector,
                                      lossy_device,
                                      lossy_shm_map,
                                      lossy_shm_lock,
                                      lossy_shm_barrier,
                                      lossy_shm_unmap,
                                      nullptr,
                                      nullptr};

std::string content_of(sqlite3_file* real) {
  sqlite3_int64 size = 0;
  if (real->pMethods->xFileSize(real, &size) != SQLITE_OK || size == 0) return {};
  std::string content(static_cast<std::size_t>(size), '\0');
  if (real->pMethods->xRead(real, content.data(), static_cast<int>(size), 0) != SQLITE_OK) return {};
  return content;
}

int lossy_open(sqlite3_vfs* vfs, const char* path, sqlite3_file* base, int flags, int* out_flags) {
  auto& disk = of(vfs);
  auto& file = *new (base) LossyFile{};
  file.disk = &disk;
  file.real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(base) + sizeof(LossyFile));
  const std::scoped_lock lock(disk.mutex);
  if (disk.cut) return SQLITE_CANTOPEN;
  const int result = disk.real->xOpen(disk.real, path, file.real, flags, out_flags);
  if (result != SQLITE_OK) return result;
  auto fresh = std::make_shared<Image>();
  auto& image = path == nullptr ? fresh : disk.images[path];
  if (image == nullptr) {
    image = fresh;
    image->content = content_of(file.real);
  }
  file.image = new std::shared_ptr<Image>(image);
  file.base.pMethods = &kMethods;
  return SQLITE_OK;
}

int lossy_delete(sqlite3_vfs* vfs, const char* path, int sync) {
  auto& disk = of(vfs);
  const std::scoped_lock lock(disk.mutex);
  if (!disk.step()) return SQLITE_IOERR_DELETE;
  disk.images.erase(path);
  return disk.real->xDelete(disk.real, path, sync);
}

int lossy_access(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  return of(vfs).real->xAccess(of(vfs).real, path, flags, out);
}
int lossy_path(sqlite3_vfs* vfs, const char* path, int size, char* out) {
  return of(vfs).real->xFullPathname(of(vfs).real, path, size, out);
}
int lossy_random(sqlite3_vfs* vfs, int size, char* out) { return of(vfs).real->xRandomness(of(vfs).real, size, out); }
int lossy_sleep(sqlite3_vfs* vfs, int micros) { return of(vfs).real->xSleep(of(vfs).real, micros); }
int lossy_time(sqlite3_vfs* vfs, sqlite3_int64* out) { return of(vfs).real->xCurrentTimeInt64(of(vfs).real, out); }
int lossy_time_old(sqlite3_vfs* vfs, double* out) { return of(vfs).real->xCurrentTime(of(vfs).real, out); }
int lossy_error(sqlite3_vfs* vfs, int size, char* out) { return of(vfs).real->xGetLastError(of(vfs).real, size, out); }

}  // namespace

LossyDisk::LossyDisk(Cache cache, std::uint64_t seed)
    : name_("lossy-" + std::to_string(seed)), state_(std::make_unique<State>(cache, seed)) {
  state_->real = sqlite3_vfs_find(nullptr);
  auto& vfs = state_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = static_cast<int>(sizeof(LossyFile)) + state_->real->szOsFile;
  vfs.mxPathname = state_->real->mxPathname;
  vfs.zName = name_.c_str();
  vfs.pAppData = state_.get();
  vfs.xOpen = lossy_open;
  vfs.xDelete = lossy_delete;
  vfs.xAccess = lossy_access;
  vfs.xFullPathname = lossy_path;
  vfs.xRandomness = lossy_random;
  vfs.xSleep = lossy_sleep;
  vfs.xCurrentTime = lossy_time_old;
  vfs.xCurrentTimeInt64 = lossy_time;
  vfs.xGetLastError = lossy_error;
  if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) throw std::runtime_error("the VFS cannot be registered");
}

LossyDisk::~LossyDisk() { sqlite3_vfs_unregister(&state_->vfs); }

void LossyDisk::cut_after(std::uint64_t steps) {
  const std::scoped_lock lock(state_->mutex);
  state_->steps_left = steps;
}

bool LossyDisk::is_cut() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->cut;
}

void LossyDisk::set_full(bool full) {
  const std::scoped_lock lock(state_->mutex);
  state_->full = full;
}

void LossyDisk::power_on() {
  const std::scoped_lock lock(state_->mutex);
  state_->cut = false;
  state_->steps_left = std::numeric_limits<std::uint64_t>::max();
  state_->images.clear();
}

}  // namespace cardea::store
