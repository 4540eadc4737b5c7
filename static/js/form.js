/**
 * Draws a form from a model's JSON schema: a field that is added to the model is there by itself.
 *
 * A field's words are `form.{words}.{name}` (and `.help`, and `.{choice}`); where there are none yet, the schema's own
 * title stands in. The server checks everything again; what it refuses is shown at the field it names.
 */

import { errorText, has, lang, onLang, t } from "./words.js";

/** The short, address-safe form of a name: "Nikah Ayu & Budi" is "nikah-ayu-budi". */
export function slug(name, most = 40) {
  return name.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, most).replace(/-+$/, "");
}

function plain(node, schema) {
  if (node.$ref) return { ...schema.$defs[node.$ref.split("/").at(-1)], ...node, $ref: undefined };
  const some = node.anyOf?.find((one) => one.type !== "null");
  return some ? { ...plain(some, schema), ...node, anyOf: undefined, empty: true } : node;
}

function kindOf(node) {
  if (node.choices) return node.type === "array" ? "many" : "select";
  if (node.enum) return node.enum.length <= 3 ? "choice" : "select";
  if (node.type === "boolean") return "switch";
  if (node.type === "integer" || node.type === "number") return "number";
  if (node.type === "object" && node.properties) return "group";
  if (node.type === "object" || node.type === "array") return "json";
  return node.format === "date" ? "date" : node.format === "password" ? "password" : "text";
}

/** What a form asks for, in the order of the model. */
export function fieldsOf(schema, words) {
  return Object.entries(schema.properties).map(([name, raw]) => {
    const node = plain(raw, schema);
    const kind = kindOf(node);
    const parts = kind === "group" ? fieldsOf({ ...node, $defs: schema.$defs }, `${words}.${name}`) : [];
    const need = (schema.required ?? []).includes(name) && node.type === "string";
    return { name, kind, node, words: `${words}.${name}`, parts, need, choices: (node.enum ?? []).map((value) => ({ value, label: `form.${words}.${name}.${value}` })) };
  }).filter((one) => !one.node.hidden);
}

const copy = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
/** What is typed as a number is text until it is sent; people here write a comma. */
function numberOf(value) {
  if (typeof value !== "string") return value ?? null;
  const raw = value.trim().replace(",", ".");
  return raw === "" ? null : Number.isNaN(Number(raw)) ? value : Number(raw);
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
let forms = 0;

const Field = {
  name: "PbField",
  props: { field: Object, modelValue: null, choices: Object, wrong: String, id: String, lang: String, off: Boolean },
  emits: ["update:modelValue", "touched"],
  computed: {
    title() { void this.lang; const key = `form.${this.field.words}`; return has(key) ? t(key) : this.field.node.title || this.field.name; },
    help() { void this.lang; const key = `form.${this.field.words}.help`; return has(key) ? t(key) : ""; },
    list() {
      void this.lang;
      const given = this.field.node.choices ? this.choices?.[this.field.node.choices] ?? [] : this.field.choices;
      return given.map((one) => ({ value: one.value, words: has(one.label) ? t(one.label) : one.label.split(".").at(-1) === String(one.value) ? String(one.value) : one.label }));
    },
    about() { return [this.help && `${this.id}-help`, this.wrong && `${this.id}-wrong`].filter(Boolean).join(" ") || null; },
    /** JSON is typed as text and told apart by the form when it is sent. */
    shown() { return this.field.kind === "json" && typeof this.modelValue !== "string" ? JSON.stringify(this.modelValue ?? (this.field.node.type === "array" ? [] : {}), null, 1) : this.modelValue; },
  },
  methods: {
    t(key) { void this.lang; return t(key); },
    put(value) { this.$emit("update:modelValue", value); this.$emit("touched", this.field.name); },
    toggle(value) { const now = this.modelValue ?? []; this.put(now.includes(value) ? now.filter((one) => one !== value) : [...now, value]); },
  },
  template: `
<div :class="['row', field.kind, { wrong }]" :data-field="field.name">
  <component :is="['choice', 'switch', 'many', 'group'].includes(field.kind) ? 'span' : 'label'" class="title" :for="['choice', 'switch', 'many', 'group'].includes(field.kind) ? null : id" :id="id + '-title'">{{ title }}<span v-if="field.node.clears" class="dim"> {{ t('form.optional') }}</span></component>
  <input v-if="field.kind === 'text' || field.kind === 'date' || field.kind === 'password'" class="field" :id="id" :type="field.kind" :value="modelValue ?? ''" :maxlength="field.node.maxLength" :disabled="off" :autocomplete="field.node.autocomplete || 'off'" :aria-describedby="about" :aria-invalid="wrong ? 'true' : null" @input="put($event.target.value)" spellcheck="false">
  <input v-else-if="field.kind === 'number'" class="field short" :id="id" type="text" :inputmode="field.node.type === 'integer' ? 'numeric' : 'decimal'" :value="modelValue ?? ''" :disabled="off" autocomplete="off" :aria-describedby="about" :aria-invalid="wrong ? 'true' : null" @input="put($event.target.value)">
  <select v-else-if="field.kind === 'select'" class="field" :id="id" :value="modelValue ?? ''" :disabled="off" :aria-describedby="about" :aria-invalid="wrong ? 'true' : null" @change="put($event.target.value)"><option v-if="!list.some((one) => one.value === modelValue)" value="" disabled>{{ t('form.choose') }}</option><option v-for="one in list" :key="one.value" :value="one.value">{{ one.words }}</option></select>
  <div v-else-if="field.kind === 'choice'" class="segment" role="group" :aria-labelledby="id + '-title'" :aria-describedby="about"><button v-for="one in list" :key="one.value" type="button" :disabled="off" :aria-pressed="String(modelValue === one.value)" @click="put(one.value)">{{ one.words }}</button></div>
  <button v-else-if="field.kind === 'switch'" type="button" class="toggle" role="switch" :disabled="off" :aria-checked="String(Boolean(modelValue))" :aria-labelledby="id + '-title'" :aria-describedby="about" @click="put(!modelValue)"><i aria-hidden="true"></i><span>{{ t(modelValue ? 'form.on' : 'form.off') }}</span></button>
  <div v-else-if="field.kind === 'many'" class="many" role="group" :aria-labelledby="id + '-title'" :aria-describedby="about"><label v-for="one in list" :key="one.value"><input type="checkbox" :checked="(modelValue ?? []).includes(one.value)" :disabled="off" @change="toggle(one.value)"><span>{{ one.words }}</span></label></div>
  <textarea v-else-if="field.kind === 'json'" class="field code" :id="id" rows="4" :value="shown" :disabled="off" spellcheck="false" :aria-describedby="about" :aria-invalid="wrong ? 'true' : null" @change="put($event.target.value)"></textarea>
  <p v-if="help" class="help dim" :id="id + '-help'">{{ help }}</p>
  <p v-if="wrong" class="problem" :id="id + '-wrong'" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg>{{ wrong }}</p>
</div>`,
};

/** The whole form. `value` is what is there now: only what was changed is handed on; without it everything is. */
export const PbForm = {
  name: "PbForm",
  components: { PbField: Field },
  props: { schema: Object, words: String, value: Object, choices: Object, problem: Object, busy: Boolean, label: String, only: Array, preset: Object },
  emits: ["send", "input", "leave"],
  data() { return { lang: lang(), data: {}, touched: new Set(), own: {}, id: `f${(forms += 1)}` }; },
  created() { this.stop = onLang((next) => { this.lang = next; }); this.reset(); },
  unmounted() { this.stop(); },
  watch: { value() { this.reset(); }, problem(now) { if (now) this.$nextTick(() => this.$el.querySelector("[aria-invalid=true]")?.focus()); } },
  computed: {
    fields() { return fieldsOf(this.schema, this.words).filter((one) => !this.only || this.only.includes(one.name)); },
    flat() { return this.fields.flatMap((one) => (one.kind === "group" ? one.parts.map((part) => ({ ...part, in: one.name })) : [one])); },
    dirty() { return !this.value || Object.keys(this.changes()).length > 0; },
    wrongs() {
      void this.lang;
      const found = Object.fromEntries(Object.entries(this.own).map(([name, key]) => [name, key === "form.invalid" ? this.range(name) : t(key)]));
      const facts = this.problem?.facts ?? {};
      const said = facts.errors ?? (facts.field ? [{ field: facts.field }] : []);
      for (const { field } of said) {
        const name = this.nameOf(field);
        if (name) found[name] = this.problem.code === "REQUEST_INVALID" ? this.range(name) : errorText({ ...facts, code: this.problem.code, message: this.problem.message });
      }
      return found;
    },
    /** What belongs to no field stands at the foot. */
    rest() { void this.lang; return this.problem && !Object.keys(this.wrongs).length ? errorText({ ...this.problem.facts, code: this.problem.code, message: this.problem.message }) : ""; },
  },
  methods: {
    t(key, values) { void this.lang; return t(key, values); },
    key(one) { return one.in ? `${one.in}.${one.name}` : one.name; },
    reset() {
      this.own = {};
      this.touched = new Set();
      this.data = Object.fromEntries(this.fields.map((one) => [one.name, copy(this.value?.[one.name] ?? this.preset?.[one.name] ?? (one.kind === "group" ? {} : one.node.default ?? (one.kind === "many" ? [] : one.kind === "switch" ? false : null)))]));
    },
    nameOf(field) { return this.flat.map((one) => this.key(one)).find((name) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name.split(".")[0]}.`) || name.endsWith(`.${field}`) || (field === name.split(".")[0])); },
    get(one) { return one.in ? this.data[one.in]?.[one.name] : this.data[one.name]; },
    put(one, value) {
      if (one.in) this.data[one.in] = { ...this.data[one.in], [one.name]: value };
      else this.data[one.name] = value;
      const name = this.key(one);
      delete this.own[name];
      for (const other of this.flat) if (other.node.from === name && !this.touched.has(this.key(other)) && !this.value) this.data[other.name] = slug(String(value), other.node.maxLength);
      this.$emit("input", this.data);
    },
    off(one) { return Boolean(one.node.unless && this.data[one.node.unless]); },
    range(name) {
      const { node } = this.flat.find((one) => this.key(one) === name);
      const low = node.minimum ?? node.exclusiveMinimum;
      const high = node.maximum ?? node.exclusiveMaximum;
      return low !== undefined && high !== undefined && high < 1e6 ? t("form.between", { low, high }) : low !== undefined ? t("form.atLeast", { low }) : t("form.invalid");
    },
    /** What can be told without the server: empty, out of range, no JSON. */
    check() {
      this.own = {};
      for (const one of this.flat) {
        const value = one.kind === "number" ? numberOf(this.get(one)) : this.get(one);
        const name = this.key(one);
        const number = one.kind === "number" && value !== null;
        if (one.need && !String(value ?? "").trim()) this.own[name] = "form.needed";
        else if (number && (typeof value !== "number" || value < (one.node.minimum ?? -Infinity) || value > (one.node.maximum ?? Infinity) || (one.node.type === "integer" && !Number.isInteger(value)))) this.own[name] = "form.invalid";
        else if (one.kind === "number" && value === null && !one.node.clears) this.own[name] = "form.needed";
        else if (one.kind === "json" && typeof value === "string") { try { JSON.parse(value); } catch { this.own[name] = "form.noJson"; } }
      }
      return !Object.keys(this.own).length;
    },
    filled() {
      return Object.fromEntries(this.fields.map((one) => {
        let value = this.data[one.name];
        if (one.kind === "json" && typeof value === "string") { try { value = JSON.parse(value); } catch { /* told at the field */ } }
        if (one.kind === "number") value = numberOf(value);
        if (one.kind === "date" && value === "") value = null;
        return [one.name, value];
      }));
    },
    changes() {
      const all = this.filled();
      if (!this.value) return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null && value !== undefined));
      return Object.fromEntries(Object.entries(all).filter(([name, value]) => !same(value ?? null, this.value[name] ?? null)));
    },
    send() {
      if (this.busy) return;
      if (!this.check()) { this.$nextTick(() => this.$el.querySelector("[aria-invalid=true]")?.focus()); return; }
      this.$emit("send", this.changes());
    },
  },
  template: `
<form class="form" novalidate @submit.prevent="send">
  <template v-for="one in fields" :key="one.name">
    <fieldset v-if="one.kind === 'group'"><legend class="sr">{{ t('form.' + one.words) }}</legend><pb-field v-for="part in one.parts" :key="part.name" :field="part" :model-value="get({ ...part, in: one.name })" :choices="choices" :wrong="wrongs[one.name + '.' + part.name] || ''" :id="id + '-' + one.name + '-' + part.name" :lang="lang" :off="busy" @update:model-value="put({ ...part, in: one.name }, $event)" @touched="touched.add(one.name + '.' + part.name)"/></fieldset>
    <pb-field v-else-if="!off(one)" :field="one" :model-value="get(one)" :choices="choices" :wrong="wrongs[one.name] || ''" :id="id + '-' + one.name" :lang="lang" :off="busy" @update:model-value="put(one, $event)" @touched="touched.add(one.name)"/>
  </template>
  <slot/>
  <p v-if="rest" class="note bad" role="alert"><svg class="icon" aria-hidden="true"><use href="#i-alert"/></svg><span>{{ rest }}</span></p>
  <div class="deeds"><button type="submit" class="btn big main" :disabled="busy || !dirty">{{ label || t('form.save') }}</button><slot name="deeds"/></div>
</form>`,
};
