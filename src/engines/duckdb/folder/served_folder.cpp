#include "engines/duckdb/folder/served_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/observe/log.hpp"
#include "base/text/ascii.hpp"
#include "engines/duckdb/capi/duckdb_errors.hpp"
#include "engines/duckdb/capi/run_sql.hpp"
#include "engines/duckdb/folder/file_kind.hpp"
#include "postgres/lex/quote.hpp"

namespace sluice::duckdb {
namespace {

constexpr base::logger log{"engine"};
constexpr std::string_view mark = "files of ";  // a file's name cannot contain the slash that follows
constexpr const char* no_columns = "SELECT NULL::VARCHAR AS unreadable WHERE false";

// Set while a view is made whose files cannot be read.
thread_local bool makes_placeholder = false;
// Set if the statement that is bound on this thread belongs to a block that may not see the newest views.
thread_local bool lags_behind = false;

std::string files_of(const std::string& name) {
    return std::string(mark) + name + "/";
}

// Absolute, without a slash at its end.
std::string normal_path(const std::string& folder) {
    std::error_code failure;
    std::filesystem::path path = std::filesystem::absolute(folder, failure).lexically_normal();
    if (!path.has_filename() && path.has_relative_path()) {
        path = path.parent_path();
    }
    return failure ? folder : path.string();
}

void answer_query(duckdb_replacement_scan_info info, const std::string& query) {
    duckdb_replacement_scan_set_function_name(info, "query");
    const owned_value text(duckdb_create_varchar_length(query.data(), query.size()));
    duckdb_replacement_scan_add_parameter(info, text.get());
}

}  // namespace

void folder_answers::publish(const std::vector<folder_view>& views) {
    std::unordered_map<std::string, answer> fresh;
    for (const folder_view& view : views) {
        fresh[base::lower_case(view.name)] = {.query = view.query, .failure = ""};
    }
    {
        const std::scoped_lock lock(mutex_);
        answers_.swap(fresh);
    }
    for (const folder_view& view : views) {
        if (view.failure) {
            refuse(view.name, *view.failure);
        }
    }
}

void folder_answers::refuse(const std::string& name, const error& failure) {
    const std::scoped_lock lock(mutex_);
    answers_[base::lower_case(name)].failure = "[" + std::string(failure.code.view()) + "] " + failure.message;
}

void folder_answers::find_files(duckdb_replacement_scan_info info, const char* table, void* data) {
    auto& self = **static_cast<std::shared_ptr<folder_answers>*>(data);
    std::string_view name = table;
    const bool marked = name.starts_with(mark) && name.ends_with('/');
    if (marked) {
        name = name.substr(mark.size(), name.size() - mark.size() - 1);
    } else if (!lags_behind) {
        return;
    }
    if (marked && makes_placeholder) {
        answer_query(info, no_columns);
        return;
    }
    answer found;
    {
        const std::scoped_lock lock(self.mutex_);
        const auto known = self.answers_.find(base::lower_case(name));
        if (known != self.answers_.end()) {
            found = known->second;
        } else if (!marked) {
            return;
        } else {
            found.failure = "[42P01] relation \"" + std::string(name) + "\" does not exist: its files are gone";
        }
    }
    if (found.failure.empty()) {
        answer_query(info, found.query);
    } else {
        duckdb_replacement_scan_set_error(info, found.failure.c_str());
    }
}

served_folder::served_folder(params from)
    : folder_(normal_path(from.folder)),
      catalog_(std::move(from.catalog)),
      connection_(std::move(from.connection)),
      epoch_(&from.epoch),
      watch_(folder_) {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): DuckDB deletes it when it is closed
    auto* held = new std::shared_ptr<folder_answers>(answers_);
    duckdb_add_replacement_scan(from.database, folder_answers::find_files, held, [](void* data) {
        // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): made above
        delete static_cast<std::shared_ptr<folder_answers>*>(data);
    });
}

result<std::unique_ptr<served_folder>> served_folder::open(params from) {
    const bool load_readers = from.load_readers;
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): its constructor is private
    std::unique_ptr<served_folder> made(new served_folder(std::move(from)));
    for (const char* extension : {"delta", "avro", "iceberg"}) {
        if (load_readers && run_sql(made->connection_.get(), std::string("LOAD ") + extension)) {
            made->loaded_.insert(extension);
        }
    }
    const std::scoped_lock lock(made->mutex_);
    TRY(made->update());
    if (made->views_.empty()) {
        log.warn("the folder holds no files or tables that can be read", {{"folder", made->folder_}});
    }
    return made;
}

void served_folder::look(std::uint64_t block_version) {
    if (watch_.has_news() || updating_.load()) {
        const std::scoped_lock lock(mutex_);
        if (watch_.has_news()) {
            lags_behind = false;
            updating_ = true;  // before events are taken: a thread that finds no events must see this
            const auto done = update();
            updating_ = false;
            if (!done && !std::exchange(lost_, true)) {
                log.error("the served folder cannot be read", {{"folder", folder_}, {"reason", done.error().message}});
            }
        }
    }
    lags_behind = block_version != 0 && block_version != version();
}

result<> served_folder::update() {
    watch_.begin();
    const folder_hooks hooks{.before_listing = [this](const std::string& folder) { watch_.add(folder); },
                             .is_being_written = [this](const std::string& f) { return watch_.is_being_written(f); }};
    auto found = find_folder_views(folder_, hooks);
    watch_.finish(found.has_value(), found && found->has_links);
    if (found) {
        lost_ = false;
        apply(std::move(found->views));
        return {};
    }
    std::vector<folder_view> refused = views_;
    for (folder_view& view : refused) {
        view.query.clear();
        view.failure = found.error();
        view.fingerprint = 0;
    }
    if (!lost_) {
        apply(std::move(refused));
    }
    return fail(std::move(found).error());
}

void served_folder::apply(std::vector<folder_view> now) {
    const auto is_known = [](const std::vector<folder_view>& views, const folder_view& one) {
        return std::ranges::find(views, one.name, &folder_view::name);
    };
    std::vector<const folder_view*> made;
    std::vector<const folder_view*> changed;
    for (const folder_view& view : now) {
        const auto before = is_known(views_, view);
        if (before == views_.end()) {
            made.push_back(&view);
        } else if (before->fingerprint != view.fingerprint || before->query != view.query ||
                   before->path != view.path || before->failure.has_value() != view.failure.has_value()) {
            changed.push_back(&view);
        }
    }
    std::vector<std::string> gone;
    for (const folder_view& view : views_) {
        if (is_known(now, view) == now.end()) {
            gone.push_back(view.name);
        }
    }
    if (made.empty() && changed.empty() && gone.empty()) {
        return;
    }
    const write_epoch::writing plans(*epoch_, change::schema);
    version_.fetch_add(1, std::memory_order_release);
    answers_->publish(now);
    std::ranges::for_each(gone, [this](const std::string& name) { drop_view(name); });
    std::ranges::for_each(made, [this](const folder_view* view) { make_view(*view); });
    std::ranges::for_each(changed, [this](const folder_view* view) { bind_again(*view); });
    views_ = std::move(now);
}

std::string served_folder::qualified(const std::string& name) const {
    return postgres::quote_identifier(catalog_) + ".main." + postgres::quote_identifier(name);
}

// False if it is already known that the view cannot be read.
result<> served_folder::load_reader(const folder_view& view) {
    if (view.failure) {
        return fail(*view.failure);
    }
    const std::string extension(reader_extension(view.format));
    if (extension.empty() || loaded_.contains(extension)) {
        return {};
    }
    if (auto loaded = run_sql(connection_.get(), "LOAD " + extension); !loaded) {
        return fail(sqlstates::feature_not_supported,
                    "DuckDB's extension \"" + extension + "\" cannot be loaded: " + loaded.error().message);
    }
    loaded_.insert(extension);
    return {};
}

void served_folder::report(const folder_view& view, error failure) {
    if (!view.failure && !failure.message.contains(view.path)) {
        failure.message = "cannot read \"" + view.path + "\": " + failure.message;
    }
    // Readers of tables do not name the folder in their errors; an error stays valid until the table's log changes.
    const bool passes = failure.code.view().starts_with("53") || failure.code.view().starts_with("57");
    if (view.failure || (view.format != table_format::none && !passes)) {
        answers_->refuse(view.name, failure);
    }
    log.error("a view of the served folder cannot be read", {{"view", view.name}, {"reason", failure.message}});
}

void served_folder::make_view(const folder_view& view) {
    const std::string sql =
        "CREATE VIEW " + qualified(view.name) + " AS SELECT * FROM " + postgres::quote_identifier(files_of(view.name));
    auto created = load_reader(view);
    if (created) {
        created = run_sql(connection_.get(), sql);
    }
    if (!created && created.error().code != sqlstates::duplicate_table) {
        report(view, std::move(created).error());
        makes_placeholder = true;
        created = run_sql(connection_.get(), sql);
        makes_placeholder = false;
    }
    if (!created) {
        log.warn("a view of the served folder cannot be made",
                 {{"view", view.name}, {"path", view.path}, {"reason", created.error().message}});
    }
}

// Binding a view updates its columns in the catalog.
void served_folder::bind_again(const folder_view& view) {
    auto bound = load_reader(view);
    if (bound) {
        owned_statement plan;
        const std::string query = "SELECT * FROM " + qualified(view.name);
        if (duckdb_prepare(connection_.get(), query.c_str(), plan.out()) == DuckDBError) {
            bound = fail(translate_error(duckdb_prepare_error(plan.get())));
        }
    }
    if (!bound && bound.error().code != sqlstates::undefined_table) {  // a user has dropped the view
        report(view, std::move(bound).error());
    }
}

void served_folder::drop_view(const std::string& name) {
    const auto ours =
        read_text(connection_.get(),
                  "SELECT count(*) FROM duckdb_views() WHERE database_name = " + postgres::quote_literal(catalog_) +
                      " AND view_name = " + postgres::quote_literal(name) + " AND contains(sql, " +
                      postgres::quote_literal(postgres::quote_identifier(files_of(name))) + ")");
    if (ours && *ours == "1") {
        (void)run_sql(connection_.get(), "DROP VIEW IF EXISTS " + qualified(name));
    }
}

}  // namespace sluice::duckdb
