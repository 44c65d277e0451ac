#include "engines/duckdb/writer/function_texts.hpp"

#include <array>
#include <string>
#include <unordered_map>

namespace sluice::duckdb {

std::string signature_of(const analysis::function_row& function) {
    std::string text(function.name);
    text += '(';
    for (const analysis::oid each : analysis::arguments_of(function)) {
        text += text.back() == '(' ? "" : ",";
        const analysis::type_row* const type = analysis::find_type(each);
        text += type == nullptr ? std::string_view("?") : type->name;
    }
    return text + ")";
}

std::span<const std::span<const function_text>> all_function_texts() {
    static const std::array<std::span<const function_text>, 6> tables = {number_texts(), string_texts(), time_texts(),
                                                                         array_texts(),  json_texts(),   other_texts()};
    return tables;
}

const function_text* find_function_text(analysis::oid function) {
    static const auto known = [] {
        std::unordered_map<std::string_view, const function_text*> signatures;
        for (const auto table : all_function_texts()) {
            for (const function_text& each : table) {
                signatures.emplace(each.signature, &each);
            }
        }
        std::unordered_map<analysis::oid, const function_text*> numbers;
        for (const analysis::function_row& each : analysis::all_functions()) {
            const auto found = signatures.find(signature_of(each));
            if (found != signatures.end()) {
                numbers.emplace(each.number, found->second);
            }
        }
        return numbers;
    }();
    const auto found = known.find(function);
    return found == known.end() ? nullptr : found->second;
}

}  // namespace sluice::duckdb
