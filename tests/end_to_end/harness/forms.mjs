// The ways of a person through the login pages.
import assert from 'node:assert/strict';
import { Page } from './user_agent.mjs';

function expectPage(page, field) {
  assert.ok(page instanceof Page, `expected a page with ${field}, was sent to ${page.redirect}`);
  assert.equal(page.status, 200, `${page}`);
  assert.ok(page.find(`[name="${field}"]`), `no field ${field} on ${page}`);
  return page;
}

// The callback that an application gets; a page instead of it is a failure that says what the page said.
export function expectCallback(outcome) {
  assert.ok(outcome.redirect, `expected the callback, stayed on ${outcome}`);
  return outcome.redirect;
}

// Opens the authorization request and stops at the login page.
export async function openLogin(agent, authorizationUrl) {
  return expectPage(await agent.open(authorizationUrl), 'username');
}

export async function enterPassword(agent, page, { email, password }) {
  const hasPassword = page.find('input[name=password]');
  if (hasPassword) return agent.submit(page, { username: email, password });
  const second = expectPage(await agent.submit(page, { username: email }), 'password');
  return agent.submit(second, { password });
}

export async function signInThroughForms(agent, authorizationUrl, person) {
  return expectCallback(await enterPassword(agent, await openLogin(agent, authorizationUrl), person));
}

// Through the login page's own link, as a person who has no account would.
export async function signUpThroughForms(agent, authorizationUrl, { email, password }) {
  const login = await openLogin(agent, authorizationUrl);
  const page = expectPage(await agent.open(login.link(/sign.?up/i)), 'email');
  if (page.find('input[name=password]')) return expectCallback(await agent.submit(page, { email, password }));
  const second = expectPage(await agent.submit(page, { email }), 'password');
  return expectCallback(await agent.submit(second, { password }));
}

export function accept(agent, page) {
  return agent.submit(page, {}, { button: { action: 'accept' } });
}

export function decline(agent, page) {
  return agent.submit(page, {}, { button: { action: 'deny' } });
}
