// SPDX-License-Identifier: GPL-3.0-or-later
//
// look.js FOLDER PAGE…: opens FOLDER/PAGE.html in Chromium as its readers do, prints to
// FOLDER/PAGE.pdf, and says on stdout, as JSON, what offends: {PAGE: {RULE: [OFFENCE…]}}. Judges
// nothing: browser.sh does.
'use strict';
const fs = require('fs');
const path = require('path');
const { chromium } = require('playwright-core');

const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const readers = {
    light: { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
    dark: { colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
    narrow: { colorScheme: 'light', viewport: { width: 320, height: 640 } },
    'without scripts': { javaScriptEnabled: false },
};

// A page in a context of its own; what it says, asks for and pops up goes into SEEN.
async function open(browser, file, reader, seen) {
    const context = await browser.newContext(readers[reader]);
    const page = await context.newPage();
    page.on('console', (message) => seen.console.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => seen.console.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
        seen.inert.push(`dialog: ${dialog.message()}`);
        return dialog.dismiss();
    });
    const url = `file://${file}`;
    await context.route('**/*', (route) => {
        if (route.request().url() === url) return route.continue();
        seen.requests.push(route.request().url());
        return route.abort();
    });
    await page.goto(url);
    return page;
}

// Elements and attributes that a page of ours never has, whatever its texts say.
function foreign() {
    const wrong = [...document.querySelectorAll('script, img, iframe, object, embed, link, form, base')];
    const offences = wrong.map((element) => `<${element.localName}>`);
    for (const element of document.querySelectorAll('*'))
        for (const attribute of element.attributes)
            if (/^on|^style$|^src$/.test(attribute.name) || /^\s*javascript:/i.test(attribute.value))
                offences.push(`${element.localName} ${attribute.name}=${attribute.value}`);
    return offences;
}

async function violations(page) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    return found.violations.flatMap(({ id, help, nodes }) =>
        nodes.slice(0, 3).map((node) => `${id}: ${help}: ${node.html.slice(0, 200)}`));
}

const opened = () => document.querySelectorAll('details').forEach((part) => (part.open = true));

// Only what scrolls in itself may be wider than the screen.
function wide() {
    const width = document.documentElement.scrollWidth;
    return width > window.innerWidth ? [`${width} px wide on a screen of ${window.innerWidth}`] : [];
}

// The keyboard: the first Tab is the way to the verdict; evidence that is folded opens when it is
// gone to.
async function walk(page) {
    const offences = [];
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const target = await page.evaluate(() => document.querySelector(':target')?.id);
    if (target !== 'verdict') offences.push(`the first link leads to ${target}`);
    const link = page.locator('a[href^="#document-"]').first();
    if ((await link.count()) > 0) {
        await link.click();
        if (!(await page.locator(':target').isVisible())) offences.push('evidence stays folded');
    }
    return offences;
}

async function look(browser, folder, name) {
    const file = path.join(folder, `${name}.html`);
    const seen = { console: [], requests: [], inert: [] };
    for (const reader of ['light', 'dark', 'narrow']) {
        const page = await open(browser, file, reader, seen);
        if (reader === 'light') {
            seen.inert.push(...(await page.evaluate(foreign)));
            seen.keyboard = await walk(page);
            seen.text = await page.locator('body').textContent();
            await page.pdf({ path: path.join(folder, `${name}.pdf`), format: 'A4' });
        }
        await page.evaluate(opened);
        seen[`axe ${reader}`] = await violations(page);
        if (reader === 'narrow') seen.wide = await page.evaluate(wide);
        await page.context().close();
    }
    const plain = await open(browser, file, 'without scripts', seen);
    const same = (await plain.locator('body').textContent()) === seen.text;
    seen['without scripts'] = same ? [] : ['it says something else'];
    delete seen.text;
    await plain.context().close();
    return seen;
}

(async () => {
    const [folder, ...names] = process.argv.slice(2);
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM,
        args: process.getuid() === 0 ? ['--no-sandbox'] : [],
    });
    const all = {};
    try {
        for (const name of names) all[name] = await look(browser, folder, name);
    } finally {
        await browser.close();
    }
    console.log(JSON.stringify(all, null, 1));
})().catch((error) => {
    console.error(error);
    process.exit(1);
});
