import React from 'react';

/** What was done, for a few seconds: AdminJS shows it, and tells nobody who does not see. */
export default function Notices({ OriginalComponent, ...props }) {
  return (
    <div className="notices" role="status">
      <OriginalComponent {...props} />
    </div>
  );
}
