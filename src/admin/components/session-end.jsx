import { ApiClient } from 'adminjs';

/**
 * Leads whoever's session has ended to sign-in, and from there back to where they were. Settles never: while the page goes, nobody
 * says anything else.
 */
export function signInAgain() {
  const { pathname, search } = window.location;
  window.location.assign(`/sign-in?next=${encodeURIComponent(pathname + search)}`);
  return new Promise(() => {});
}

// AdminJS keeps clients of its own, which nothing else reaches; it would say of a 401 that there is no such page.
for (const name of ['resourceAction', 'recordAction', 'getDashboard']) {
  const ask = ApiClient.prototype[name];
  ApiClient.prototype[name] = function (...asked) {
    return ask.apply(this, asked).catch((error) => {
      if (error.response?.status !== 401) throw error;
      return signInAgain();
    });
  };
}
