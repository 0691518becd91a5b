// Adds to each time its hours in the reader's own zone, where that differs. Nothing depends on it: who has
// chosen a zone (cookie "reader_zone") gets the line from the server, who has no script can choose one.

const OWN_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;
// The pages' English puts the day before the month.
const LANGUAGE = (document.documentElement.lang || "en").replace(/^en$/, "en-GB");

// A format is dear to make, and a roadmap has hundreds of times.
const formats = new Map();
const formatted = (name, locale, options, moment) => {
  if (!formats.has(name)) formats.set(name, new Intl.DateTimeFormat(locale, options));
  return formats.get(name).format(moment);
};

// Minutes from UTC, read from a format that every browser writes the same way: 2021-11-07, 13:05:00.
const offset = (moment, zone) => {
  const shown = formatted(`offset ${zone}`, "en-CA", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  }, moment);
  const [year, month, day, hour, minute] = shown.match(/\d+/g).map(Number);
  return Math.round((Date.UTC(year, month - 1, day, hour, minute) - moment.getTime()) / 60000);
};

const offsetWords = (minutes) => {
  if (!minutes) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes > 0 ? "+" : "−"}${hours}${rest ? `:${String(rest).padStart(2, "0")}` : ""}`;
};

const day = (moment, zone) => formatted(`day ${zone}`, LANGUAGE, { timeZone: zone, day: "numeric", month: "long" }, moment);
const hour = (moment) => formatted("hour", LANGUAGE, { timeZone: OWN_ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, moment);
const dayAndHour = (moment) => `${day(moment, OWN_ZONE)}, ${hour(moment)}`;

const hours = (moments, zone, from) => {
  const [start, end] = moments;
  if (end && day(start, OWN_ZONE) !== day(end, OWN_ZONE)) return `${dayAndHour(start)} – ${dayAndHour(end)}`;
  const otherDay = moments.some((moment) => day(moment, OWN_ZONE) !== day(moment, zone));
  const first = otherDay ? dayAndHour(start) : hour(start);
  return end ? `${first}–${hour(end)}` : from.replace("{start}", first);
};

const fill = (line) => {
  const { zone, words, from } = line.dataset;
  const moments = [...line.querySelectorAll("time")].map((time) => new Date(time.dateTime));
  if (moments.every((moment) => offset(moment, OWN_ZONE) === offset(moment, zone))) return;
  line.textContent = words
    .replace("{hours}", hours(moments, zone, from))
    .replace("{zone}", OWN_ZONE.replaceAll("_", " "))
    .replace("{offset}", offsetWords(offset(moments[0], OWN_ZONE)));
  line.hidden = false;
};

if (OWN_ZONE) document.querySelectorAll(".reader-time[data-zone]").forEach(fill);
