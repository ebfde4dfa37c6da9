import { Box, Button, H4, Text } from '@adminjs/design-system';
import { useNotice } from 'adminjs';
import React, { useState } from 'react';
import { useNavigate } from 'react-router';
import Refusal, { refusalIn } from './refusal.jsx';
import { signInAgain } from './session-end.jsx';

/** Does what the service says it did and nothing else: whatever is not its yes is shown as a no. */
async function refusalOf(address) {
  const response = await fetch(address, { method: 'POST', headers: { accept: 'application/json' } });
  if (response.ok) return null;
  if (response.status === 401) return signInAgain();
  return refusalIn(await response.json());
}

const UNANSWERED = {
  detail: 'No answer came, so it is not known whether it was done',
  nextStep: 'Look at the record again before you repeat it.',
};

/** Says what an action will do to a record, and does it when asked to. */
export default function Action({ action, resource, record }) {
  const [isAtWork, setIsAtWork] = useState(false);
  const [refusal, setRefusal] = useState(null);
  const addNotice = useNotice();
  const navigate = useNavigate();
  const { label, consequence, done } = action.custom;
  const address = `resources/${resource.id}/records/${encodeURIComponent(record.id)}`;
  const act = async () => {
    setIsAtWork(true);
    setRefusal(null);
    const found = await refusalOf(`/admin/api/${address}/${action.name}`).catch(() => UNANSWERED);
    if (found === null) {
      addNotice({ message: done, type: 'success' });
      navigate(`/admin/${address}/show`);
      return;
    }
    setRefusal(found);
    setIsAtWork(false);
  };
  return (
    <Box variant="white" p="xl" role="region" aria-label={label}>
      <H4 mb="md">{`${label}: ${record.title}`}</H4>
      <Text mb="xl">{consequence}</Text>
      {refusal !== null && <Refusal refusal={refusal} />}
      <Button variant={action.variant} mr="md" disabled={isAtWork} onClick={act}>
        {label}
      </Button>
      <Button as="a" variant="text" href={`/admin/${address}/show`}>
        Back
      </Button>
    </Box>
  );
}
