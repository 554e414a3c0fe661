#include "tests/lockdep/json_schema.h"

#include <regex.h>

#include <algorithm>
#include <set>

namespace lockdep {
namespace {

using Json = nlohmann::ordered_json;
using Errors = std::vector<std::string>;

bool HasType(const Json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  return false;
}

bool Matches(const std::string& pattern, const std::string& text) {
  regex_t compiled;
  if (regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB) != 0) return false;
  const bool matches = regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  regfree(&compiled);
  return matches;
}

class Validation {
 public:
  explicit Validation(const Json& root) : root_(root) {}

  Errors Check(const Json& schema, const Json& value, const std::string& at) const {
    Errors errors;
    if (schema.contains("$ref")) Add(errors, Check(Target(schema["$ref"]), value, at));
    Simple(schema, value, at, errors);
    if (value.is_object()) Object(schema, value, at, errors);
    if (value.is_array()) Array(schema, value, at, errors);
    Combined(schema, value, at, errors);
    return errors;
  }

 private:
  static void Add(Errors& errors, const Errors& more) { errors.insert(errors.end(), more.begin(), more.end()); }

  const Json& Target(const std::string& reference) const {
    return root_.at(nlohmann::ordered_json::json_pointer(reference.substr(1)));
  }

  static void Simple(const Json& schema, const Json& value, const std::string& at, Errors& errors) {
    if (schema.contains("type")) {
      const Json types = schema["type"].is_array() ? schema["type"] : Json::array({schema["type"]});
      const bool fits =
          std::any_of(types.begin(), types.end(), [&value](const Json& type) { return HasType(value, type); });
      if (!fits) errors.push_back(at + ": not of type " + types.dump());
    }
    if (schema.contains("const") && schema["const"] != value) errors.push_back(at + ": not " + schema["const"].dump());
    if (schema.contains("enum") &&
        std::find(schema["enum"].begin(), schema["enum"].end(), value) == schema["enum"].end()) {
      errors.push_back(at + ": " + value.dump() + " is not one of " + schema["enum"].dump());
    }
    if (value.is_string()) {
      const auto& text = value.get_ref<const std::string&>();
      if (schema.contains("minLength") && text.size() < schema["minLength"]) errors.push_back(at + ": too short");
      if (schema.contains("pattern") && !Matches(schema["pattern"], text)) {
        errors.push_back(at + ": does not match " + schema["pattern"].dump());
      }
    }
    if (value.is_number()) {
      if (schema.contains("minimum") && value < schema["minimum"]) errors.push_back(at + ": too small");
      if (schema.contains("maximum") && value > schema["maximum"]) errors.push_back(at + ": too large");
    }
  }

  void Object(const Json& schema, const Json& value, const std::string& at, Errors& errors) const {
    if (schema.contains("required")) {
      for (const Json& name : schema["required"]) {
        if (!value.contains(name.get<std::string>())) errors.push_back(at + ": lacks " + name.dump());
      }
    }
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [name, member] : value.items()) {
      if (properties.contains(name)) {
        Add(errors, Check(properties[name], member, at + '/' + name));
      } else if (schema.contains("additionalProperties") && schema["additionalProperties"] == false) {
        errors.push_back(at + ": has the unknown member " + name);
      }
    }
  }

  void Array(const Json& schema, const Json& value, const std::string& at, Errors& errors) const {
    if (schema.contains("minItems") && value.size() < schema["minItems"]) errors.push_back(at + ": too few items");
    if (schema.contains("maxItems") && value.size() > schema["maxItems"]) errors.push_back(at + ": too many items");
    if (!schema.contains("items")) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
      Add(errors, Check(schema["items"], value[i], at + '/' + std::to_string(i)));
    }
  }

  void Combined(const Json& schema, const Json& value, const std::string& at, Errors& errors) const {
    if (schema.contains("allOf")) {
      for (const Json& part : schema["allOf"]) Add(errors, Check(part, value, at));
    }
    if (schema.contains("anyOf")) {
      const bool fits = std::any_of(schema["anyOf"].begin(), schema["anyOf"].end(),
                                    [&](const Json& part) { return Check(part, value, at).empty(); });
      if (!fits) errors.push_back(at + ": fits none of the alternatives");
    }
    if (schema.contains("if") && Check(schema["if"], value, at).empty()) Add(errors, Check(schema["then"], value, at));
  }

  const Json& root_;
};

void CollectUnsupported(const Json& schema, const std::string& at, Errors& found) {
  static const std::set<std::string> kLeaves = {"$schema",   "title",   "description", "$ref",     "type",
                                                "const",     "enum",    "required",    "minItems", "maxItems",
                                                "minLength", "minimum", "maximum",     "pattern"};
  static const std::set<std::string> kSchemas = {"items", "if", "then"};
  static const std::set<std::string> kLists = {"allOf", "anyOf"};
  static const std::set<std::string> kMaps = {"properties", "$defs"};
  for (const auto& [keyword, value] : schema.items()) {
    const std::string here = at + '/' + keyword;
    if (keyword == "additionalProperties") {
      if (!value.is_boolean()) found.push_back(here);
    } else if (kSchemas.count(keyword) != 0) {
      CollectUnsupported(value, here, found);
    } else if (kLists.count(keyword) != 0 || kMaps.count(keyword) != 0) {
      for (const auto& [name, part] : value.items()) CollectUnsupported(part, here + '/' + name, found);
    } else if (kLeaves.count(keyword) == 0) {
      found.push_back(here);
    }
  }
  if (schema.contains("if") != schema.contains("then")) found.push_back(at + "/if without then");
}

}  // namespace

std::vector<std::string> SchemaErrors(const Json& schema, const Json& document) {
  return Validation(schema).Check(schema, document, "");
}

std::vector<std::string> UnsupportedKeywords(const Json& schema) {
  Errors found;
  CollectUnsupported(schema, "", found);
  return found;
}

}  // namespace lockdep
