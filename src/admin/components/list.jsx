import { Box, Button, Pagination, Text } from '@adminjs/design-system';
import { ApiClient, RecordsTable, useQueryParams } from 'adminjs';
import React, { useEffect, useState } from 'react';
import { useLocation } from 'react-router';
import Refusal, { refusalOf } from './refusal.jsx';

const FIRST = { records: [], meta: { total: 0 }, refusal: null };

async function answerTo(resourceId, search) {
  const params = new URLSearchParams(search);
  try {
    const { data } = await new ApiClient().resourceAction({ actionName: 'list', resourceId, params });
    return { ...FIRST, ...data, resourceId };
  } catch (error) {
    return { ...FIRST, refusal: refusalOf(error), resourceId };
  }
}

/** As far as they are counted: beyond, there are more. */
function countOf(total, furthestRow) {
  return total > furthestRow ? `${furthestRow.toLocaleString('en-US')}+` : total.toLocaleString('en-US');
}

/** A page of a list. That of AdminJS says of every refusal the same, and then loads for ever. */
export default function List({ action, resource, setTag }) {
  const { furthestRow } = action.custom;
  const { search, key } = useLocation();
  const { storeParams } = useQueryParams();
  const [answer, setAnswer] = useState(FIRST);
  const [isLoading, setIsLoading] = useState(true);
  useEffect(() => {
    let isWanted = true;
    setIsLoading(true);
    answerTo(resource.id, search).then((found) => {
      // Whoever went on in the meantime wants the answer to what they asked last.
      if (!isWanted) return;
      setAnswer(found);
      setTag(found.refusal === null ? countOf(found.meta.total, furthestRow) : '');
      setIsLoading(false);
    });
    return () => {
      isWanted = false;
    };
  }, [resource.id, search, key]);
  // While the list changes, what is known is of the one before.
  const { records, meta, refusal } = answer.resourceId === resource.id ? answer : FIRST;
  if (refusal !== null && !isLoading) {
    return (
      <Box variant="container">
        <Refusal refusal={refusal} />
        <Button as="a" href={resource.href}>
          Show the list from its beginning
        </Button>
      </Box>
    );
  }
  return (
    <Box variant="container">
      <RecordsTable
        resource={resource}
        records={records}
        sortBy={meta.sortBy}
        direction={meta.direction}
        isLoading={isLoading}
      />
      <Text mt="xl" textAlign="center">
        <Pagination
          page={meta.page}
          perPage={meta.perPage}
          total={Math.min(meta.total, furthestRow)}
          onChange={(page) => storeParams({ page: String(page) })}
        />
      </Text>
      {meta.total > furthestRow && (
        <Text mt="lg" textAlign="center">
          There are more rows than the {furthestRow.toLocaleString('en-US')} that are shown: filter the list
          for what comes later.
        </Text>
      )}
    </Box>
  );
}
