import { useTranslation } from 'adminjs';
import React, { useEffect } from 'react';

/** The head of a page: of which record it is, which AdminJS does not say, there and in the title of the tab. */
export default function ActionHeader({ OriginalComponent, ...props }) {
  const { action, resource, record } = props;
  const { translateAction } = useTranslation();
  const kind = translateAction(action.label, resource.id);
  const name = record === undefined ? '' : String(record.title || record.id);
  useEffect(() => {
    document.title = [`${kind} ${name}`.trim(), 'Isinglass'].join(' · ');
  }, [kind, name]);
  return <OriginalComponent {...props} tag={name || props.tag} />;
}
