import { useFilterDrawer } from 'adminjs';
import React from 'react';

/** The form of filters. Closed, AdminJS only moves it past the edge: its shadow falls on the list, and its fields are tabbed through. */
export default function FilterDrawer({ OriginalComponent, ...props }) {
  const { isVisible } = useFilterDrawer();
  return (
    <div className={isVisible ? 'drawer' : 'drawer closed'}>
      <OriginalComponent {...props} />
    </div>
  );
}
