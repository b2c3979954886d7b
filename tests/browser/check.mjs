// Opens reports in a real browser: node check.mjs PAGE.html...
// Nothing may be complained of or loaded, filters must work, and nothing may be wider than its place: on a phone, a small
// and a large screen, light and dark, printed, with and without scripts. With PICTURES=FOLDER each view is saved there.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const WIDTHS = [360, 800, 1920];
const pictures = process.env.PICTURES;

// Elements whose content is wider than they are, but for those that scroll on purpose (and what is in them); the page
// itself must not scroll sideways in any case.
function overflowing() {
  const scrolls = (element) => element.closest(".scroll") !== null || element.closest("caption, thead, select") !== null;
  const wide = [];
  for (const element of document.body.querySelectorAll("*")) {
    if (element instanceof SVGElement || scrolls(element) || getComputedStyle(element).display === "inline") continue;
    if (element.matches(".skip, option, input")) continue;
    if (element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1) {
      wide.push(`${element.tagName}.${element.className}: ${element.scrollWidth} > ${element.clientWidth}`);
    }
  }
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wide.push(`page: ${root.scrollWidth} > ${root.clientWidth}`);
  // Text of a drawing must lie within it.
  for (const svg of document.querySelectorAll("svg")) {
    if (!svg.checkVisibility()) continue;
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBBox();
      const turned = text.hasAttribute("transform");
      if (!turned && (box.x < -1 || box.x + box.width > width + 1 || box.y < -2 || box.y + box.height > height + 2)) {
        wide.push(`text beyond its drawing: ${text.textContent}`);
      }
    }
  }
  return wide;
}

// Text that is too faint for its paper (WCAG AA: 4.5, or 3 for large letters).
function faint() {
  const numbers = (color) => {
    const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
    return { r, g, b, a };
  };
  const light = ({ r, g, b }) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
  const paper = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = numbers(getComputedStyle(at).backgroundColor);
      if (color.a > 0) return color;
    }
    return { r: 255, g: 255, b: 255 };
  };
  const found = new Set();
  for (const element of document.body.querySelectorAll("p, a, td, th, dt, dd, li, h1, h2, h3, h4, span, label, text, figcaption, pre, button")) {
    if (!element.textContent.trim() || !element.checkVisibility()) continue;
    if (element instanceof SVGElement && element.tagName !== "text") continue;
    const style = getComputedStyle(element);
    const ink = numbers(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(paper(element))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) found.add(`${element.tagName}.${element.getAttribute("class")}: ${contrast.toFixed(2)}`);
  }
  return [...found];
}

async function filters(page) {
  const rows = (id) => page.locator(`#${id} tbody tr:visible`).count();
  const shown = () => page.locator("#filter-shown").textContent();
  const all = { findings: await rows("findings"), connections: await rows("connections") };
  assert.match(await shown(), /^Shown: \d+ of \d+ findings, \d+ of \d+ connections$/);
  await page.fill("#filter-text", "no such words anywhere");
  assert.equal(await rows("findings") + await rows("connections"), 0, "nothing fits");
  assert.match(await shown(), /^Shown: 0 of/);
  assert.equal(await page.locator("details.connection:visible").count(), 0);
  await page.click("#filter button[type=reset]");
  await page.waitForFunction(() => !document.getElementById("filter-shown").textContent.startsWith("Shown: 0 of"));
  assert.deepEqual({ findings: await rows("findings"), connections: await rows("connections") }, all, "all again");
  const codes = await page.locator("#filter-rule option").evaluateAll((options) => options.map((o) => o.value).filter(Boolean));
  for (const code of codes) {
    await page.selectOption("#filter-rule", code);
    const others = page.locator(`#findings tbody tr:visible:not([data-rules="${code}"])`);
    assert.equal(await others.count(), 0, `only ${code}`);
    assert.ok(await rows("connections") <= all.connections);
  }
  await page.selectOption("#filter-rule", "");
  await page.selectOption("#filter-severity", "4");
  const less = await page.locator("#findings tbody tr:visible").evaluateAll((found) => found.filter((row) => row.dataset.weight !== "4").length);
  assert.equal(less, 0, "only errors");
  await page.click("#filter button[type=reset]");
}

async function links(page) {
  const broken = await page.evaluate(() => [...document.querySelectorAll("a")]
    .map((a) => a.getAttribute("href"))
    .filter((href) => !href.startsWith("#") || document.getElementById(href.slice(1)) === null));
  assert.deepEqual(broken, [], "links that lead nowhere, or out of the page");
  const ids = await page.evaluate(() => [...document.querySelectorAll("[id]")].map((e) => e.id));
  assert.equal(new Set(ids).size, ids.length, "names are there once");
}

async function look(browser, file, { width, scheme, scripts }) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme, javaScriptEnabled: scripts });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => faults.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:")) faults.push(`request: ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  const picture = async (view) => {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    const name = `${basename(file, ".html")}-${view}.png`;
    await page.screenshot({ path: join(pictures, name), fullPage: true });
  };
  if (scripts) {
    await filters(page);
    await links(page);
    await picture(`${width}-${scheme}`);
    // All that can be unfolded.
    await page.evaluate(() => document.querySelectorAll("details").forEach((item) => { item.open = true; }));
    assert.deepEqual(await page.evaluate(overflowing), [], `${width} ${scheme}`);
    assert.deepEqual((await page.evaluate(faint)).slice(0, 10), [], `${width} ${scheme}`);
    if (width === 800 && scheme === "light") {
      await page.emulateMedia({ media: "print", colorScheme: null });
      await page.setViewportSize({ width: 718, height: 1000 });
      assert.deepEqual(await page.evaluate(overflowing), [], "printed");
    }
  } else {
    assert.ok(await page.locator("h1").isVisible());
    assert.ok(await page.locator("#filter").isHidden(), "filters need a script");
  }
  assert.deepEqual(faults, []);
  await context.close();
}

async function print(browser, file) {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(file).href);
  const path = pictures ? join(pictures, `${basename(file, ".html")}.pdf`) : undefined;
  const document = await page.pdf({ path, format: "A4", margin: { top: "15mm", bottom: "15mm", left: "12mm", right: "12mm" } });
  assert.ok(document.length > 5_000, "a document is printed");
  await page.close();
}

const pages = process.argv.slice(2).map((page) => resolve(page));
assert.ok(pages.length > 0, "name a page");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});
try {
  for (const file of pages) {
    for (const scheme of ["light", "dark"]) {
      for (const width of WIDTHS) await look(browser, file, { width, scheme, scripts: true });
    }
    await look(browser, file, { width: 800, scheme: "light", scripts: false });
    await print(browser, file);
    console.log(`${basename(file)}: sound`);
  }
} finally {
  await browser.close();
}
