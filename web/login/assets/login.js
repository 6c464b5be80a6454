// Makes the login pages nicer. Everything works without it; texts come from data- attributes.
(() => {
  'use strict';
  const all = (selector) => document.querySelectorAll(selector);

  // Show and hide a password. It is hidden again before the form leaves, so that browsers keep it as a password.
  for (const button of all('.reveal')) {
    const input = document.getElementById(button.getAttribute('aria-controls'));
    const show = (shown) => {
      input.type = shown ? 'text' : 'password';
      button.setAttribute('aria-pressed', String(shown));
      button.title = shown ? button.dataset.hide : button.dataset.show;
    };
    button.hidden = false;
    button.addEventListener('click', () => {
      show(input.type === 'password');
      input.focus();
    });
    input.form.addEventListener('submit', () => show(false));
  }

  // A second press of a button while the first is on its way sends nothing.
  for (const form of all('form')) {
    let busy = null;
    form.addEventListener('submit', (event) => {
      if (busy) return event.preventDefault();
      busy = event.submitter;
      if (busy) busy.setAttribute('aria-busy', 'true');
    });
    addEventListener('pageshow', (event) => {
      if (event.persisted && busy) busy.removeAttribute('aria-busy');
      if (event.persisted) busy = null;
    });
  }

  // The password rules, ticked off while typing; read out after a pause.
  // The kinds are those of identity/password_policy.cc: every character beyond ASCII counts as special.
  const kinds = { lower: /[a-z]/, upper: /[A-Z]/, digit: /[0-9]/, special: /[^a-zA-Z0-9]/ };
  const tests = {
    length: (text, least) => [...text].length >= least,
    three: (text) => Object.values(kinds).filter((kind) => kind.test(text)).length >= 3,
    repeats: (text, most) => text !== '' && !new RegExp(`(.)\\1{${most}}`, 'su').test(text),
  };
  for (const list of all('[data-rules]')) {
    const input = document.getElementById(list.dataset.rules);
    const status = list.parentElement.querySelector('[data-rules-status]');
    let pause = 0;
    const check = () => {
      const missing = [];
      for (const item of list.querySelectorAll('[data-rule]')) {
        const { rule, value } = item.dataset;
        const met = rule in kinds ? kinds[rule].test(input.value) : tests[rule](input.value, Number(value));
        item.dataset.state = met ? 'met' : 'missing';
        if (!met && item.parentElement === list) missing.push(item.querySelector('span').textContent);
      }
      clearTimeout(pause);
      pause = setTimeout(() => {
        status.textContent = missing.length ? `${list.dataset.missing} ${missing.join(', ')}` : list.dataset.met;
      }, 900);
    };
    input.addEventListener('input', check);
    if (input.value) check();
  }

  // "Send again" waits; the server decides in any case.
  for (const button of all('[data-wait]')) {
    const text = button.textContent;
    const end = Date.now() + Number(button.dataset.wait) * 1000;
    const hold = (event) => event.preventDefault();
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left <= 0) {
        button.removeAttribute('aria-disabled');
        button.removeEventListener('click', hold);
        button.textContent = text;
        return;
      }
      button.textContent = button.dataset.waitText.replace('{seconds}', left);
      setTimeout(tick, 1000);
    };
    if (end <= Date.now()) continue;
    button.setAttribute('aria-disabled', 'true');
    button.addEventListener('click', hold);
    tick();
  }

  for (const button of navigator.clipboard ? all('[data-copy]') : []) {
    button.hidden = false;
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = button.dataset.copied;
    });
  }
})();
