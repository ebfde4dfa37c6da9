import {
  Badge,
  Box,
  H3,
  H5,
  Table,
  TableBody,
  TableCell,
  TableHead,
  TableRow,
  Text,
} from '@adminjs/design-system';
import { ApiClient } from 'adminjs';
import React, { useEffect, useState } from 'react';
import Refusal, { refusalOf } from './refusal.jsx';

const VARIANTS = {
  published: 'success',
  unchanged: 'secondary',
  held: 'info',
  failed: 'danger',
  refused: 'danger',
};

const runPage = (run) => `/admin/resources/run/records/${run}/show`;

function Figure({ label, value, list }) {
  return (
    <Box
      as="a"
      className="figure"
      href={`/admin/resources/${list}`}
      variant="white"
      p="xl"
      mr="lg"
      mb="lg"
      minWidth={150}
    >
      <Text>{label}</Text>
      <H3 mt="sm">{value}</H3>
    </Box>
  );
}

const timeOf = (instant) => `${instant.slice(0, 16).replace('T', ' ')} UTC`;

/** What to do in a house that has nothing yet. */
function NothingRan({ next }) {
  return (
    <Box variant="white" p="xl">
      <H5 mb="md">Nothing has run yet</H5>
      <Text mb="sm">
        <code>npx isinglass ingest &lt;source&gt;</code> brings a first edition now, of one of the{' '}
        <a href="/admin/resources/source">sources</a>.
      </Text>
      <Text>
        A process with the role <code>scheduler</code> begins each source that is on by itself, and then
        brings what is due
        {next !== null && `; next is ${next.source}, ${timeOf(next.dueAt)}`}.
      </Text>
    </Box>
  );
}

function LastRuns({ runs }) {
  return (
    <Box variant="white" p="xl">
      <H5 mb="md">Last runs</H5>
      <Table>
        <TableHead>
          <TableRow>
            {['Run', 'Source', 'State', 'Since'].map((name) => (
              <TableCell key={name}>{name}</TableCell>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {runs.map(({ run, source, state, createdAt }) => (
            <TableRow key={run}>
              <TableCell>
                <a href={runPage(run)}>{run}</a>
              </TableCell>
              <TableCell>
                <a href={`/admin/resources/source/records/${source}/show`}>{source}</a>
              </TableCell>
              <TableCell>
                <Badge variant={VARIANTS[state] ?? 'default'}>{state}</Badge>
              </TableCell>
              <TableCell>{timeOf(createdAt)}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Box>
  );
}

/** How much there is, what waits for somebody, and what ran last. */
export default function Dashboard() {
  const [found, setFound] = useState(null);
  const [refusal, setRefusal] = useState(null);
  useEffect(() => {
    new ApiClient()
      .getDashboard()
      .then(({ data }) => setFound(data))
      .catch((error) => setRefusal(refusalOf(error)));
  }, []);
  if (refusal !== null) {
    return (
      <Box p="xl">
        <Refusal refusal={refusal} />
      </Box>
    );
  }
  if (found === null) return <Box p="xl">Loading …</Box>;
  const { instruments, listings, publication, held, runs, next } = found;
  return (
    <Box p="xl">
      <Box flex flexWrap="wrap">
        <Figure label="Instruments, about" value={instruments.toLocaleString('en-US')} list="instrument" />
        <Figure label="Listings, about" value={listings.toLocaleString('en-US')} list="listing" />
        <Figure
          label="Publication"
          value={publication === null ? 'none yet' : publication.number}
          list="publication"
        />
      </Box>
      {held.length > 0 && (
        <Box variant="white" p="xl" mb="lg">
          <H5 mb="md">Waits for a decision</H5>
          {held.map(({ run, source, code, message }) => (
            <Text key={run} mb="sm">
              <a href={runPage(run)}>
                {source}, run {run}
              </a>{' '}
              {[code, message].filter(Boolean).join(': ')}
            </Text>
          ))}
        </Box>
      )}
      {runs.length === 0 ? <NothingRan next={next} /> : <LastRuns runs={runs} />}
    </Box>
  );
}
