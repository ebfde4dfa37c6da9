import { parsePasswd } from './unprivileged-user.js';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash
toor:x:0:0::/root:/bin/sh
nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false
`;

describe('parsePasswd', () => {
  it('finds a user with its group', () => {
    expect(parsePasswd(PASSWD, 'postgres')).toEqual({ name: 'postgres', uid: 101, gid: 104 });
    expect(parsePasswd(PASSWD, 'nobody')).toEqual({ name: 'nobody', uid: -2, gid: -2 });
  });

  it('finds none that is missing, and none that is root by another name', () => {
    expect(parsePasswd(PASSWD, 'isinglass')).toBeUndefined();
    expect(parsePasswd(PASSWD, 'toor')).toBeUndefined();
  });
});
