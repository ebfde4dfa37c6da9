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

const VARIANTS = {
  published: 'success',
  unchanged: 'success',
  held: 'info',
  failed: 'danger',
  refused: 'danger',
};

const runPage = (run) => `/admin/resources/run/records/${run}/show`;

function Figure({ label, value }) {
  return (
    <Box variant="white" p="xl" mr="lg" mb="lg" minWidth={180}>
      <Text color="grey60">{label}</Text>
      <H3 mt="sm">{value}</H3>
    </Box>
  );
}

/** How much there is, what waits for somebody, and what ran last. */
export default function Dashboard() {
  const [found, setFound] = useState(null);
  const [failure, setFailure] = useState(null);
  useEffect(() => {
    new ApiClient()
      .getDashboard()
      .then(({ data }) => setFound(data))
      .catch((error) => setFailure(error.message));
  }, []);
  if (failure !== null) return <Box p="xl">It could not be loaded: {failure}</Box>;
  if (found === null) return <Box p="xl">Loading …</Box>;
  const { instruments, listings, publication, held, runs } = found;
  return (
    <Box p="xl">
      <Box flex flexWrap="wrap">
        <Figure label="Instruments, about" value={instruments.toLocaleString('en-US')} />
        <Figure label="Listings, about" value={listings.toLocaleString('en-US')} />
        <Figure label="Publication" value={publication === null ? 'none yet' : publication.number} />
      </Box>
      {held.length > 0 && (
        <Box variant="white" p="xl" mb="lg">
          <H5 mb="md">Waits for a decision</H5>
          {held.map(({ run, source, code }) => (
            <Text key={run}>
              <a href={runPage(run)}>
                {source}, run {run}
              </a>{' '}
              {code}
            </Text>
          ))}
        </Box>
      )}
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
                <TableCell>{source}</TableCell>
                <TableCell>
                  <Badge variant={VARIANTS[state] ?? 'default'}>{state}</Badge>
                </TableCell>
                <TableCell>{createdAt.slice(0, 16).replace('T', ' ')} UTC</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </Box>
    </Box>
  );
}
