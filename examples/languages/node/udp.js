// libudp for Node.js: functions, constants and structs have the names of the header. `call.async(...)` runs a call that
// waits on another thread.
const fs = require("node:fs");
const path = require("node:path");
const koffi = require("koffi");

const folder = process.env.LIBUDP_INCLUDE || "/usr/local/include";
const header = JSON.parse(fs.readFileSync(path.join(folder, "libudp.json")));
const library = koffi.load(process.env.LIBUDP_LIBRARY || "libudp.so.0");
const types = Object.assign({}, header.types);
const udp = { koffi };

function type(name) {
  if (name === "const char *") return "str";
  return name.endsWith("*") ? "void *" : types[name] || name;
}
for (const { values } of header.enums) for (const { name, value } of values) udp[name] = value;
for (const { name, fields } of header.structs) {
  const member = (field) => (field.length ? koffi.array(type(field.type), field.length) : type(field.type));
  udp[name] = types[name] = koffi.struct(name, Object.fromEntries(fields.map((field) => [field.name, member(field)])));
}
for (const { name, parameters, returns } of header.functions) {
  udp[name] = library.func(name, type(returns), parameters.map((parameter) => type(parameter.type)));
}
module.exports = udp;
