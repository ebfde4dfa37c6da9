import { useNavigationResources, useTranslation } from 'adminjs';
import React, { useEffect } from 'react';
import { useSelector } from 'react-redux';
import './session-end.jsx';

/** The way to everything: the pages of the house, as they show it themselves, and the lists that the visitor may see. */
export default function TopBar() {
  const { email } = useSelector((state) => state.session);
  const groups = useNavigationResources(useSelector((state) => state.resources));
  const { translateLabel } = useTranslation();
  const lists = groups.flatMap(({ elements = [] }) => elements);
  const here = lists.find(({ isSelected }) => isSelected);
  const { pathname } = window.location;
  // Until the head of the page knows better.
  useEffect(() => {
    document.title = `${here?.label ?? 'Panel'} · Isinglass`;
  }, [pathname]);
  return (
    <header className="house">
      <nav aria-label="Pages">
        <a href="/admin" className="name">
          Isinglass
        </a>
        <a href="/admin" aria-current={here === undefined ? 'page' : undefined}>
          Panel
        </a>
        <a href="/account">My account</a>
        <a href="/account/keys">My API keys</a>
        {lists.some(({ id }) => id === 'user') && <a href="/users">Users</a>}
        <a href="/docs/">API docs</a>
        <form method="post" action="/sign-out">
          <span>{email}</span> <button>Sign out</button>
        </form>
      </nav>
      <nav aria-label="Lists">
        {groups.map(({ label, elements = [] }) => (
          <span key={label} className="group">
            <span>{translateLabel(label)}</span>
            {elements.map(({ id, href, label: title, isSelected, onClick }) => (
              <a key={id} href={href} onClick={onClick} aria-current={isSelected ? 'page' : undefined}>
                {title}
              </a>
            ))}
          </span>
        ))}
      </nav>
    </header>
  );
}
