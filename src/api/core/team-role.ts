import { defineEnum } from './enums.ts';

/** What a user may do in a team. */
export const TeamRole = defineEnum('TeamRole', 'Role of a user in a team.', {
  VIEWER: 'Can read everything of the team.',
  ADMIN: 'Can read and change everything of the team.',
});
