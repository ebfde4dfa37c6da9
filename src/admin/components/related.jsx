import { Box } from '@adminjs/design-system';
import { useTranslation } from 'adminjs';
import React from 'react';
import { useSelector } from 'react-redux';

/** Links to lists that have more about a record, of those that the visitor may see. */
export default function Related({ property, record }) {
  const seen = useSelector((state) => state.resources).filter(({ href }) => href);
  const { translateLabel } = useTranslation();
  return (
    <Box as="nav" aria-label="More about it" mb="xl">
      {property.custom.related
        .filter(({ listId }) => seen.some(({ id }) => id === listId))
        .map(({ listId, filter }) => (
          <Box
            as="a"
            key={listId}
            mr="lg"
            href={`/admin/resources/${listId}?filters.${filter}=${encodeURIComponent(record.id)}`}
          >
            {translateLabel(listId, listId)}
          </Box>
        ))}
    </Box>
  );
}
