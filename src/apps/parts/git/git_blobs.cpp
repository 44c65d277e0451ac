#include "apps/parts/git/git_blobs.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os/durable.hpp"

namespace sluice::parts {

namespace {

constexpr std::size_t step_bytes = std::size_t{256} * 1024;

std::span<const std::byte> bytes_of(const void* data, std::size_t size) {
    return {static_cast<const std::byte*>(data), size};
}

// libgit2 computes the id of the bytes written to a stream; a backend that stores nothing turns that into a hash.
int drop_bytes(::git_odb_stream* /*stream*/, const char* /*data*/, std::size_t /*size*/) {
    return 0;
}
int drop_object(::git_odb_stream* /*stream*/, const ::git_oid* /*id*/) {
    return 0;
}
void free_stream(::git_odb_stream* stream) {
    delete stream;  // NOLINT(cppcoreguidelines-owning-memory): a C interface
}
int open_dropping_stream(::git_odb_stream** made, ::git_odb_backend* backend, git_object_size_t /*size*/,
                         git_object_t /*type*/) {
    *made = new ::git_odb_stream{};  // NOLINT(cppcoreguidelines-owning-memory)
    (*made)->backend = backend;
    (*made)->mode = GIT_STREAM_WRONLY;
    (*made)->write = drop_bytes;
    (*made)->finalize_write = drop_object;
    (*made)->free = free_stream;
    return 0;
}
void free_backend(::git_odb_backend* backend) {
    delete backend;  // NOLINT(cppcoreguidelines-owning-memory)
}

result<git_handle<::git_odb>> hashing_odb() {
    git_handle<::git_odb> odb;
    TRY(check(git_odb_new(out(odb)), "prepare a hash"));
    auto backend = std::make_unique<::git_odb_backend>();
    TRY(check(git_odb_init_backend(backend.get(), GIT_ODB_BACKEND_VERSION), "prepare a hash"));
    backend->writestream = open_dropping_stream;
    backend->free = free_backend;
    TRY(check(git_odb_add_backend(odb.get(), backend.get(), 1), "prepare a hash"));
    (void)backend.release();  // NOLINT(bugprone-unused-return-value): the odb's now
    return odb;
}

result<git_handle<::git_odb>> odb_of(::git_repository& repo) {
    git_handle<::git_odb> odb;
    TRY(check(git_repository_odb(out(odb), &repo), "open the objects"));
    return odb;
}

// Passes on the bytes of a loose object. False: it is not loose.
result<bool> read_loose(::git_odb& odb, const ::git_oid& id, const byte_sink& sink, std::size_t& size) {
    git_handle<::git_odb_stream> stream;
    git_object_t type = GIT_OBJECT_INVALID;
    const int opened = git_odb_open_rstream(out(stream), &size, &type, &odb, &id);
    if (opened == GIT_ENOTFOUND) {
        return false;
    }
    TRY(check(opened, "read " + to_hex(id)));
    std::vector<char> buffer(std::min(step_bytes, size));
    for (std::size_t left = size; left > 0;) {
        const int got = git_odb_stream_read(stream.get(), buffer.data(), std::min(buffer.size(), left));
        TRY(check(got, "read " + to_hex(id)));
        if (got == 0) {
            return fail(error_kind::git, fmt::format("object {} is cut off", to_hex(id)));
        }
        TRY(sink(bytes_of(buffer.data(), static_cast<std::size_t>(got))));
        left -= static_cast<std::size_t>(got);
    }
    return true;
}

result<> read_packed(::git_odb& odb, const ::git_oid& id, const byte_sink& sink) {
    git_handle<::git_odb_object> object;
    const int found = git_odb_read(out(object), &odb, &id);
    if (found == GIT_ENOTFOUND) {
        return fail(error_kind::not_found, fmt::format("there is no object {}", to_hex(id)));
    }
    TRY(check(found, "read " + to_hex(id)));
    const auto all = bytes_of(git_odb_object_data(object.get()), git_odb_object_size(object.get()));
    for (std::size_t at = 0; at < all.size(); at += step_bytes) {
        TRY(sink(all.subspan(at, std::min(step_bytes, all.size() - at))));
    }
    return {};
}

result<> copy_file(int file, std::uint64_t size, ::git_odb_stream& stream, const byte_sink& seen) {
    std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(step_bytes, size)));
    for (std::uint64_t left = size; left > 0;) {
        const ssize_t got =
            ::read(file, buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left)));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return fail(error_kind::io, got < 0 ? fmt::format("cannot read the file: {}", std::strerror(errno))
                                                : "the file became shorter while it was read");
        }
        const auto count = static_cast<std::size_t>(got);
        if (seen) {
            TRY(seen(bytes_of(buffer.data(), count)));
        }
        TRY(check(git_odb_stream_write(&stream, buffer.data(), count), "store a file"));
        left -= count;
    }
    return {};
}

}  // namespace

result<std::string> write_blob(::git_repository& repo, const std::filesystem::path& file, const byte_sink& seen) {
    const base::file_descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status{};
    if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0) {
        return fail(error_kind::io, fmt::format("cannot open {}: {}", file.string(), std::strerror(errno)));
    }
    if (!S_ISREG(status.st_mode)) {
        return fail(error_kind::io, fmt::format("{} is not a file", file.string()));
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    TRY_ASSIGN(const auto odb, odb_of(repo));
    git_handle<::git_odb_stream> stream;
    TRY(check(git_odb_open_wstream(out(stream), odb.get(), size, GIT_OBJECT_BLOB), "store a file"));
    TRY(copy_file(opened.get(), size, *stream, seen));
    ::git_oid id;
    TRY(check(git_odb_stream_finalize_write(&id, stream.get()), "store a file"));
    std::string hex = to_hex(id);
    const auto objects = std::filesystem::path(git_repository_path(&repo)) / "objects";
    TRY(base::sync_file(objects / hex.substr(0, 2) / hex.substr(2)));
    TRY(base::sync_file(objects / hex.substr(0, 2)));
    TRY(base::sync_file(objects));
    return hex;
}

result<> read_blob(::git_repository& repo, const std::string& id, const byte_sink& sink) {
    ::git_oid oid;
    TRY(parse_id(oid, id));
    TRY_ASSIGN(const auto odb, odb_of(repo));
    std::size_t size = 0;
    TRY_ASSIGN(const bool was_loose, read_loose(*odb, oid, sink, size));
    return was_loose ? result<>{} : read_packed(*odb, oid, sink);
}

result<> verify_blob(::git_repository& repo, const std::string& id) {
    ::git_oid oid;
    TRY(parse_id(oid, id));
    TRY_ASSIGN(const auto odb, odb_of(repo));
    TRY_ASSIGN(const auto hashing, hashing_odb());
    git_handle<::git_odb_stream> hash;
    std::size_t size = 0;
    const auto add = [&](std::span<const std::byte> bytes) -> result<> {
        if (!hash) {
            TRY(check(git_odb_open_wstream(out(hash), hashing.get(), size, GIT_OBJECT_BLOB), "prepare a hash"));
        }
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as libgit2 takes them
        return check(git_odb_stream_write(hash.get(), reinterpret_cast<const char*>(bytes.data()), bytes.size()),
                     "hash");
    };
    TRY_ASSIGN(const bool was_loose, read_loose(*odb, oid, add, size));
    if (!was_loose) {
        return read_packed(*odb, oid, [](std::span<const std::byte>) -> result<> { return {}; });  // libgit2 checks it
    }
    if (!hash) {
        TRY(add({}));
    }
    ::git_oid computed;
    TRY(check(git_odb_stream_finalize_write(&computed, hash.get()), "hash"));
    if (!git_oid_equal(&computed, &oid)) {
        return fail(error_kind::git,
                    fmt::format("object {} is damaged: its content has the id {}", id, to_hex(computed)),
                    "restore it from a copy of the repository");
    }
    return {};
}

}  // namespace sluice::parts
