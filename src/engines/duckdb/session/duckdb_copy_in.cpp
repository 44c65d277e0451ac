#include <utility>
#include <vector>

#include "engines/duckdb/copy/copy_reader.hpp"
#include "engines/duckdb/session/duckdb_copy_table.hpp"
#include "engines/duckdb/session/duckdb_session.hpp"

namespace sluice::duckdb {
namespace {

class duckdb_copy_sink final : public backend::copy_sink {
  public:
    duckdb_copy_sink(std::shared_ptr<duckdb_link> link, bool own_transaction)
        : link_(std::move(link)), own_transaction_(own_transaction) {}
    ~duckdb_copy_sink() override {
        const interrupts::scope here(link_->stops(), link_->target());
        reader_.reset();
        if (own_transaction_ && link_->is_open()) {
            (void)link_->rollback();
        }
    }

    result<> open(const copy_reader_params& params) {
        TRY_ASSIGN(reader_, copy_reader::open(params));
        return {};
    }

    std::span<const backend::wire_format> column_formats() const override { return reader_->column_formats(); }

    result<> write(std::string_view bytes) override {
        const interrupts::scope here(link_->stops(), link_->target());
        if (link_->cancel().requested()) {
            return fail(link_->cancel().to_error());
        }
        auto written = reader_->write(bytes);
        if (!written) {
            return fail(link_->cancelled_or(written.error()));
        }
        return {};
    }

    result<std::uint64_t> finish() override {
        const interrupts::scope here(link_->stops(), link_->target());
        if (link_->cancel().requested()) {
            return fail(link_->cancel().to_error());
        }
        auto rows = reader_->finish();
        if (!rows) {
            return fail(link_->cancelled_or(rows.error()));
        }
        if (std::exchange(own_transaction_, false)) {
            if (auto unchanged = link_->instance().files().check(); !unchanged) {
                (void)link_->rollback();
                return fail(std::move(unchanged).error());
            }
            const write_epoch::writing now(link_->instance().epoch(), change::data);
            TRY(link_->commit());
        }
        return *rows;
    }

  private:
    std::shared_ptr<duckdb_link> link_;  // shared: see duckdb_session
    std::unique_ptr<copy_reader> reader_;
    bool own_transaction_;  // begun for this COPY, committed by finish()
};

}  // namespace

result<std::unique_ptr<backend::copy_sink>> duckdb_session::copy_in(const postgres::copy_command& command) {
    const interrupts::scope here(*interrupts_);
    TRY(ready());
    TRY(check_writable("COPY FROM"));
    TRY_ASSIGN(const auto columns, find_copy_columns(*link_, command));
    const bool own_transaction = !clock_.in_block();
    if (own_transaction) {
        TRY(link_->begin(false));
    } else {
        clock_.note_own(change::data);
    }
    auto sink = std::make_unique<duckdb_copy_sink>(link_, own_transaction);
    std::vector<copy_reader_params::column> targets;
    for (const copy_column& column : columns) {
        targets.push_back({.name = column.name, .type = column.type.get()});
    }
    TRY(sink->open({.connection = link_->connection(),
                    .sources = link_->instance().sources(),
                    .threads = link_->instance().threads(),
                    .table = quote_name(command.table),
                    .columns = std::move(targets),
                    .command = command,
                    .zone = zone_}));
    return sink;
}

}  // namespace sluice::duckdb
