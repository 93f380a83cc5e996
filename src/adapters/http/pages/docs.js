"use strict";
// Draws openapi.json. Texts become text nodes only, so that none of them can be markup.

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function shape(schema, components, seen = []) {
  if (!schema) return "anything";
  if (schema.$ref) {
    const name = schema.$ref.split("/").pop();
    return seen.includes(name) ? name : shape(components[name], components, [...seen, name]);
  }
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf) return schema.anyOf.map((part) => text(shape(part, components, seen))).join(" or ");
  if (schema.type === "array") return [shape(schema.items, components, seen)];
  if (schema.properties) {
    const fields = {};
    for (const [name, part] of Object.entries(schema.properties)) {
      const required = (schema.required || []).includes(name);
      fields[required ? name : name + "?"] = shape(part, components, seen);
    }
    return fields;
  }
  if (schema.type === "object") return { "…": shape(schema.additionalProperties, components, seen) };
  return [schema.format || schema.type || "anything", limits(schema)].filter(Boolean).join(", ");
}

function limits(schema) {
  const said = [];
  if ("minimum" in schema) said.push("from " + schema.minimum);
  if ("maximum" in schema) said.push("to " + schema.maximum);
  if ("minLength" in schema) said.push("at least " + schema.minLength + " characters");
  if ("maxLength" in schema) said.push("at most " + schema.maxLength + " characters");
  return said.join(" ");
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function schemaOf(content) {
  return content ? Object.values(content)[0].schema : null;
}

function parameters(list, components) {
  const table = element("table", "", element("tr", "", element("th", "", "Parameter"), element("th", "", "In"),
    element("th", "", "Type"), element("th", "", "Default")));
  for (const item of list) {
    const name = element("td", "", element("code", "", item.name), item.required ? " (required)" : "");
    const fallback = "default" in item.schema ? JSON.stringify(item.schema.default) : "";
    table.append(element("tr", "", name, element("td", "", item.in),
      element("td", "", text(shape(item.schema, components))), element("td", "", fallback)));
  }
  return table;
}

function operation(path, method, item, components) {
  const lock = item.security && item.security.length ? " · signed in" : "";
  const head = element("summary", "", element("span", "method " + method, method.toUpperCase()),
    element("code", "", path), " " + item.summary, element("span", "lock", lock));
  const body = element("div", "body");
  if (item.parameters.length) body.append(parameters(item.parameters, components));
  if (item.requestBody) {
    body.append(element("h3", "", "Body"), element("pre", "", text(shape(schemaOf(item.requestBody.content), components))));
  }
  for (const [status, response] of Object.entries(item.responses)) {
    const made = element("details", "", element("summary", "", status + " " + response.description));
    if (response.content) made.append(element("pre", "", text(shape(schemaOf(response.content), components))));
    body.append(made);
  }
  return element("details", "operation", head, body);
}

function draw(description) {
  const components = description.components.schemas;
  const prefix = description.servers[0].url.replace(/\/$/, "");
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, item] of Object.entries(methods)) {
      if (!groups.has(item.tags[0])) groups.set(item.tags[0], element("section", "", element("h2", "", item.tags[0])));
      const made = operation(prefix + path, method, item, components);
      made.dataset.text = (method + " " + path + " " + item.summary).toLowerCase();
      groups.get(item.tags[0]).append(made);
    }
  }
  document.getElementById("operations").append(...groups.values());
  document.getElementById("about").textContent = description.info.description + ", version " + description.info.version;
}

document.getElementById("filter").addEventListener("input", (event) => {
  const wanted = event.target.value.toLowerCase();
  for (const item of document.querySelectorAll(".operation")) item.hidden = !item.dataset.text.includes(wanted);
});

fetch("openapi.json")
  .then((answer) => answer.json())
  .then(draw)
  .catch((error) => {
    document.getElementById("about").textContent = "The description could not be loaded: " + error;
  });
