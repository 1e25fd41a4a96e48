# libudp for Ruby: functions and constants have the names of the header, structs too (UDP::Addr for udp_addr).
require "fiddle/import"
require "json"

module UDP
  INTERFACE = JSON.parse(File.read("#{ENV.fetch("LIBUDP_INCLUDE", "/usr/local/include")}/libudp.json"))
  LIBRARY = Fiddle.dlopen(ENV.fetch("LIBUDP_LIBRARY", "libudp.so.0"))
  TYPES = {
    "char" => Fiddle::TYPE_CHAR, "uint8_t" => -Fiddle::TYPE_CHAR, "uint16_t" => -Fiddle::TYPE_SHORT,
    "int32_t" => Fiddle::TYPE_INT, "uint32_t" => -Fiddle::TYPE_INT, "int64_t" => Fiddle::TYPE_LONG_LONG,
    "uint64_t" => -Fiddle::TYPE_LONG_LONG, "size_t" => Fiddle::TYPE_SIZE_T
  }
  INTERFACE["types"].each { |name, type| TYPES[name] = TYPES[type] }

  def self.type(name) = name.end_with?("*") ? Fiddle::TYPE_VOIDP : TYPES.fetch(name)

  INTERFACE["enums"].each { |enum| enum["values"].each { |value| const_set(value["name"], value["value"]) } }

  INTERFACE["structs"].each do |struct|
    types = struct["fields"].map { |field| field["length"] ? [type(field["type"]), field["length"]] : type(field["type"]) }
    names = struct["fields"].map do |field|
      inner = TYPES[field["type"]]
      inner.respond_to?(:members) ? [field["name"], inner.members] : field["name"]
    end
    TYPES[struct["name"]] = Fiddle::CStructBuilder.create(Fiddle::CStruct, types, names)
    const_set(struct["name"].delete_prefix("udp_").split("_").map(&:capitalize).join, TYPES[struct["name"]])
  end

  INTERFACE["functions"].each do |function|
    name, parameters = function["name"], function["parameters"].map { |parameter| type(parameter["type"]) }
    # Without the lock of the interpreter, so that other threads run while a call waits.
    call = Fiddle::Function.new(LIBRARY[name], parameters, type(function["returns"]), name: name, need_gvl: false)
    text = function["returns"] == "const char *"
    define_singleton_method(name) { |*arguments| (result = call.call(*arguments)) && text ? result.to_s : result }
  end
end
