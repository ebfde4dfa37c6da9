import { Box, MessageBox } from '@adminjs/design-system';
import React from 'react';

/** What the house says when it does not do something, in its own words. @param problem the body of its answer */
export function refusalIn({ detail, nextStep }) {
  return { detail: detail.charAt(0).toUpperCase() + detail.slice(1), nextStep };
}

/** What is shown when no answer of ours came: nobody knows more. */
const NO_ANSWER = {
  detail: 'No answer came from the house',
  nextStep: 'Is it running, and the network there? Then load this page again.',
};

/** Of a question that AdminJS's client asked, and that failed. */
export function refusalOf(error) {
  return error.response?.data?.detail === undefined ? NO_ANSWER : refusalIn(error.response.data);
}

export default function Refusal({ refusal: { detail, nextStep } }) {
  return (
    <Box mb="xl" role="alert">
      <MessageBox message={detail} variant="danger">
        {nextStep}
      </MessageBox>
    </Box>
  );
}
