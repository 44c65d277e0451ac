// category_records.hpp - the categories of parts, such as EL-RES, with their workflows.
//
// Use:     category_records categories(database);  TRY_ASSIGN(const category resistors, categories.get({"EL", "RES"}));
// Threads: any; inside or outside a transaction of the database, which outlives this.
// Errors:  invalid, exists, not_found, storage. workflow_records changes the workflow of a category.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/parts/model/domain.hpp"
#include "sqlite/database/database.hpp"

namespace sluice::parts {

struct category {
    category_code code;
    std::string name;
    std::int64_t workflow_id = 0;

    static constexpr std::string_view columns = "category, subcategory, name, workflow_id";
    static category from_row(const sqlite::row& from);
};

// "EL-RES"
[[nodiscard]] std::string to_text(const category_code& code);

class category_records {
  public:
    explicit category_records(sqlite::database& database) : database_(database) {}

    result<> add(const category_code& code, std::string_view name);
    // Adds an unknown category, with its code as its name: imports bring their own.
    result<category> ensure(const category_code& code);
    result<category> get(const category_code& code);
    // Sorted by code.
    result<std::vector<category>> list();
    // Codes that begin with the prefix, in any case; at most 200.
    result<std::vector<std::string>> complete_code(std::string_view prefix);

  private:
    result<std::optional<category>> find(const category_code& code);

    sqlite::database& database_;
};

}  // namespace sluice::parts
