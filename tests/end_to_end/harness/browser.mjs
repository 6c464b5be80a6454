// Debian's Chromium with a profile of its own, and a watch on what no page may do.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--host-resolver-rules=MAP *.example.test 127.0.0.1',
];

// A hidden frame of another site may send its cookies, as in every browser that has silent login without a custom domain.
const PREFERENCES = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };

export class Browser {
  static async open(options = {}) {
    const profile = await mkdtemp(path.join(os.tmpdir(), 'cardea-e2e-chromium-'));
    await mkdir(path.join(profile, 'Default'));
    await writeFile(path.join(profile, 'Default/Preferences'), JSON.stringify(PREFERENCES));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.CARDEA_E2E_CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      ignoreHTTPSErrors: true,
      args: ARGUMENTS,
      locale: 'en-US',
      ...options,
    });
    return new Browser(profile, context);
  }

  constructor(profile, context) {
    this.profile = profile;
    this.context = context;
    this.complaints = [];
    context.setDefaultTimeout(20_000);
    context.on('page', (page) => this.#watch(page));
    context.pages().forEach((page) => this.#watch(page));
  }

  // Console errors, uncaught exceptions and breaches of the content security policy; statuses of 4xx documents are the
  // business of the tests.
  #watch(page) {
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      if (/Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())) return;
      this.complaints.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('requestfailed', (request) => {
      if (/csp|blocked/i.test(request.failure()?.errorText ?? '')) this.complaints.push(`${request.failure().errorText} ${request.url()}`);
    });
  }

  async page() {
    return this.context.newPage();
  }

  // Takes what was seen since the last call.
  takeComplaints() {
    return this.complaints.splice(0);
  }

  async close() {
    await this.context.close();
    await rm(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

// Serious and critical findings of axe-core on the page as it is now.
export async function accessibilityFindings(page) {
  await page.evaluate(axe.source);
  const result = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  return result.violations.filter((violation) => ['serious', 'critical'].includes(violation.impact)).map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ').slice(0, 300)}`);
}
