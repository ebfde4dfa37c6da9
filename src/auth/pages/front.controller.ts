import { Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { readFileSync } from 'node:fs';
import { Doors } from '../doors.js';
import { Open } from '../needs.decorator.js';
import { Users } from '../users.js';
import { PageController } from './page-controller.decorator.js';

const STYLE = readFileSync(new URL('./page.css', import.meta.url), 'utf8');
const STYLE_SECONDS = 3_600;

/** The way in: where somebody goes who typed the address of the house alone. */
@PageController('')
export class FrontController {
  constructor(
    private readonly doors: Doors,
    private readonly users: Users,
  ) {}

  @Get()
  @Open('leads on to pages that ask who it is')
  async front(@Req() request: Request, @Res() response: Response): Promise<void> {
    const session = await this.doors.sessionOf(request);
    if (session?.stage === 'signed-in') response.redirect(303, '/account');
    else response.redirect(303, (await this.users.isThereAnAdmin()) ? '/sign-in' : '/set-up');
  }

  @Get('assets/page.css')
  @Open('the style of the sign-in page')
  style(@Res() response: Response): void {
    response.type('css').setHeader('Cache-Control', `public, max-age=${STYLE_SECONDS}`).send(STYLE);
  }
}
