/** How an Indonesian mobile number looks while it is typed; the server has the last word. */

/** What was typed as digits in national form (08…), or international digits with + for other countries. */
export function plain(typed) {
  const plus = typed.trim().startsWith("+");
  let digits = typed.replace(/\D/g, "");
  if (digits.startsWith("00")) return plain("+" + digits.slice(2));
  if (digits.startsWith("62")) return "0" + digits.slice(2).replace(/^0+/, "");
  if (plus) return "+" + digits;
  if (digits.startsWith("8")) return "0" + digits;
  return digits;
}

/** The same in groups, as people read it: 0812 3456 7890; other countries as typed. */
export function grouped(typed) {
  if (typed.trim() === "+" || /^\+6?$/.test(typed.trim()) || /^6$/.test(typed.trim()) || /^0{1,2}$/.test(typed.trim())) return typed.trim();
  const number = plain(typed);
  if (number.startsWith("+")) return typed.trim().startsWith("+") ? typed.trimStart().replace(/[^\d+ ]/g, "").replace(/ +/g, " ") : number;
  return number.slice(0, 14).replace(/(\d{4})(?=\d)/g, "$1 ");
}

/** Whether the number names another country, whose numbers only the server knows. */
export const foreign = (typed) => plain(typed).startsWith("+");

/** "empty", "short" (goes on typing), "wrong" (cannot become a mobile number), "good", or "maybe" (another country's). */
export function judge(typed) {
  const number = plain(typed);
  if (!number || number === "+") return "empty";
  if (number.startsWith("+")) return number.length >= 9 && number.length <= 16 ? "maybe" : number.length < 9 ? "short" : "wrong";
  if (!"08".startsWith(number.slice(0, 2))) return "wrong";
  if (number.length > 13) return "wrong";
  return number.length >= 10 ? "good" : "short";
}

/** Groups what a number's field holds; the caret stays behind the digit it stood behind. */
export function regroup(field) {
  const atEnd = field.selectionStart === field.value.length;
  const before = field.value.slice(0, field.selectionStart).replace(/\D/g, "").length;
  field.value = grouped(field.value);
  if (atEnd) return;
  let place = 0;
  for (let seen = 0; place < field.value.length && seen < before; place += 1) if (/\d/.test(field.value[place])) seen += 1;
  field.setSelectionRange(place, place);
}
