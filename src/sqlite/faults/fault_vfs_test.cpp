// The shim between SQLite and its file system (sqlite.org/c3ref/vfs.html). No tests here: fault_vfs_kinds_test.cpp and
// fault_vfs_power_test.cpp have them.
#include <filesystem>
#include <mutex>
#include <sqlite3.h>

#include "base/core/assert.hpp"
#include "sqlite/faults/fault_shim_test_support.hpp"
#include "sqlite/faults/fault_vfs_test_support.hpp"

namespace sluice::sqlite {

namespace {

fault_shim& shim_of(const sqlite3_vfs* self) {
    return *static_cast<fault_shim*>(self->pAppData);
}

template <auto Method>
struct vfs_pass;
template <typename Answer, typename... Rest, Answer (*sqlite3_vfs::*Method)(sqlite3_vfs*, Rest...)>
struct vfs_pass<Method> {
    static Answer call(sqlite3_vfs* self, Rest... rest) {
        sqlite3_vfs* real = shim_of(self).real;
        return (real->*Method)(real, rest...);
    }
};

bool exists(const char* path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

int open(sqlite3_vfs* self, const char* path, sqlite3_file* file, int flags, int* flags_out) {
    fault_shim& owner = shim_of(self);
    if (!owner.meddles_with(path)) {
        return owner.real->xOpen(owner.real, path, file, flags, flags_out);
    }
    file->pMethods = nullptr;  // SQLite then does not close it
    const std::scoped_lock lock(owner.mutex);
    const bool is_new = (flags & SQLITE_OPEN_CREATE) != 0 && !exists(path);
    if (owner.is_off || (is_new && !owner.may_change()) || owner.plan.hits(fault::io_open)) {
        return SQLITE_CANTOPEN;
    }
    const int code = open_fault_file(owner, path, file, flags, flags_out);
    if (code == SQLITE_OK && is_new) {
        owner.disk.created(path);
    }
    return code;
}

int remove(sqlite3_vfs* self, const char* path, int syncs_folder) {
    fault_shim& owner = shim_of(self);
    if (!owner.meddles_with(path)) {
        return owner.real->xDelete(owner.real, path, syncs_folder);
    }
    const std::scoped_lock lock(owner.mutex);
    if (!owner.may_change() || owner.plan.hits(fault::io_delete)) {
        return SQLITE_IOERR_DELETE;
    }
    if (exists(path)) {
        owner.disk.deleted(path, syncs_folder != 0);
    }
    return owner.real->xDelete(owner.real, path, 0);
}

}  // namespace

// It is registered with SQLite while it lives.
class fault_vfs::shim : public fault_shim {
  public:
    shim(const std::string& name, std::uint64_t seed, const std::string& path);
    shim(const shim&) = delete;
    shim& operator=(const shim&) = delete;
    ~shim() {
        SLUICE_ASSERT(open_files == 0);
        (void)::sqlite3_vfs_unregister(&vfs_);
    }

  private:
    sqlite3_vfs vfs_{};
};

fault_vfs::shim::shim(const std::string& name, std::uint64_t seed, const std::string& path)
    : fault_shim(name, seed, path) {
    real = ::sqlite3_vfs_find("unix");
    SLUICE_ASSERT(real != nullptr && real->iVersion >= 3);
    vfs_.iVersion = 3;
    vfs_.szOsFile = static_cast<int>(fault_file_size()) + real->szOsFile;
    vfs_.mxPathname = real->mxPathname;
    vfs_.zName = this->name.c_str();
    vfs_.pAppData = static_cast<fault_shim*>(this);
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xAccess = vfs_pass<&sqlite3_vfs::xAccess>::call;
    vfs_.xFullPathname = vfs_pass<&sqlite3_vfs::xFullPathname>::call;
    vfs_.xDlOpen = vfs_pass<&sqlite3_vfs::xDlOpen>::call;
    vfs_.xDlError = vfs_pass<&sqlite3_vfs::xDlError>::call;
    vfs_.xDlSym = vfs_pass<&sqlite3_vfs::xDlSym>::call;
    vfs_.xDlClose = vfs_pass<&sqlite3_vfs::xDlClose>::call;
    vfs_.xRandomness = vfs_pass<&sqlite3_vfs::xRandomness>::call;
    vfs_.xSleep = vfs_pass<&sqlite3_vfs::xSleep>::call;
    vfs_.xCurrentTime = vfs_pass<&sqlite3_vfs::xCurrentTime>::call;
    vfs_.xGetLastError = vfs_pass<&sqlite3_vfs::xGetLastError>::call;
    vfs_.xCurrentTimeInt64 = vfs_pass<&sqlite3_vfs::xCurrentTimeInt64>::call;
    vfs_.xSetSystemCall = vfs_pass<&sqlite3_vfs::xSetSystemCall>::call;
    vfs_.xGetSystemCall = vfs_pass<&sqlite3_vfs::xGetSystemCall>::call;
    vfs_.xNextSystemCall = vfs_pass<&sqlite3_vfs::xNextSystemCall>::call;
    SLUICE_ASSERT(::sqlite3_vfs_find(vfs_.zName) == nullptr);
    SLUICE_ASSERT(::sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

// ---- for tests

fault_vfs::fault_vfs(const std::string& name, std::uint64_t seed, const std::string& path)
    : shim_(std::make_unique<shim>(name, seed, path)) {}
fault_vfs::~fault_vfs() = default;

void fault_vfs::set_rate(fault kind, double rate) {
    shim_->plan.set_rate(kind, rate);
}
void fault_vfs::fail_at(fault kind, std::uint64_t n) {
    shim_->plan.fail_at(kind, n);
}
void fault_vfs::clear() {
    shim_->plan.clear();
}
std::uint64_t fault_vfs::injected(fault kind) const {
    return shim_->plan.injected(kind);
}
std::uint64_t fault_vfs::occasions(fault kind) const {
    return shim_->plan.occasions(kind);
}

void fault_vfs::cut_power() {
    const std::scoped_lock lock(shim_->mutex);
    shim_->is_off = true;
}
void fault_vfs::cut_power_after(std::uint64_t changes) {
    const std::scoped_lock lock(shim_->mutex);
    shim_->changes_left = changes;
}
bool fault_vfs::is_off() const {
    return shim_->is_off;
}
void fault_vfs::restore_power(std::uint64_t seed) {
    const std::scoped_lock lock(shim_->mutex);
    SLUICE_ASSERT(shim_->open_files == 0);
    shim_->disk.settle(seed);
    for (const auto& path : shim_->paths) {
        std::filesystem::remove(path + "-shm");
    }
    shim_->changes_left.reset();
    shim_->is_off = false;
}

}  // namespace sluice::sqlite
