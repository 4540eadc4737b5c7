/** What a browser or program calls itself, in words: "Chrome on Android", "python-httpx/0.28". */

import { t } from "./words.js";

// The order counts: most browsers also carry the names of others.
const BROWSERS = [["Edge", /Edg(?:e|A|iOS)?\//], ["Opera", /OPR\//], ["Samsung Internet", /SamsungBrowser\//], ["Firefox", /(?:Firefox|FxiOS)\//], ["Chrome", /(?:Chrome|CriOS)\//], ["Safari", /Safari\//]];
const SYSTEMS = [["iPhone", /iPhone/], ["iPad", /iPad/], ["Android", /Android/], ["Windows", /Windows/], ["ChromeOS", /CrOS/], ["macOS", /Mac OS X|Macintosh/], ["Linux", /Linux/]];
const first = (list, agent) => list.find(([, known]) => known.test(agent))?.[0] ?? "";

/** `{words, icon}` for a sign-in's row. */
export function agentWords({ agent, kind }) {
  const browser = agent.startsWith("Mozilla/") ? first(BROWSERS, agent) : "";
  const system = first(SYSTEMS, agent);
  if (browser) return { words: system ? t("signIns.on", { browser, system }) : browser, icon: /iPhone|iPad|Android/.test(system) ? "phone" : "laptop" };
  const name = agent.split(" ")[0].slice(0, 60);
  if (kind === "token") return { words: name ? `${t("signIns.program")} · ${name}` : t("signIns.program"), icon: "chip" };
  return { words: name || t("signIns.unknown"), icon: "laptop" };
}
