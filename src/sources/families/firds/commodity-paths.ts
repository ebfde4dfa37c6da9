/** Branches of the commodity tree, and how many of the three levels of product each has. The products name the branch. */
const COMMODITY_BRANCHES: Readonly<Record<string, 1 | 2 | 3>> = {
  'Agrcltrl/GrnOilSeed': 3,
  'Agrcltrl/Soft': 3,
  'Agrcltrl/Ptt': 2,
  'Agrcltrl/OlvOil': 3,
  'Agrcltrl/Dairy': 2,
  'Agrcltrl/Frstry': 2,
  'Agrcltrl/Sfd': 2,
  'Agrcltrl/LiveStock': 2,
  'Agrcltrl/Grn': 3,
  'Nrgy/Elctrcty': 3,
  'Nrgy/NtrlGas': 3,
  'Nrgy/Oil': 3,
  'Nrgy/Coal': 2,
  'Nrgy/IntrNrgy': 2,
  'Nrgy/RnwblNrgy': 2,
  'Nrgy/LghtEnd': 2,
  'Nrgy/Dstllts': 2,
  'Envttl/Emssns': 3,
  'Envttl/Wthr': 2,
  'Envttl/CrbnRltd': 2,
  'Frtlzr/Ammn': 2,
  'Frtlzr/DmmnmPhspht': 2,
  'Frtlzr/Ptsh': 2,
  'Frtlzr/Slphr': 2,
  'Frtlzr/Urea': 2,
  'Frtlzr/UreaAndAmmnmNtrt': 2,
  'Frght/Dry': 3,
  'Frght/Wet': 3,
  'Frght/CntnrShip': 2,
  'IndstrlPdct/Cnstrctn': 2,
  'IndstrlPdct/Manfctg': 2,
  'Metl/NonPrcs': 3,
  'Metl/Prcs': 3,
  'OthrC10/Dlvrbl': 2,
  'OthrC10/NonDlvrbl': 2,
  'Ppr/CntnrBrd': 2,
  'Ppr/Nwsprnt': 2,
  'Ppr/Pulp': 2,
  'Ppr/RcvrdPpr': 2,
  'Plprpln/Plstc': 2,
  Infltn: 1,
  MultiCmmdtyExtc: 1,
  OffclEcnmcSttstcs: 1,
  Othr: 1,
};

/** Paths of one level of product in all branches that have it. */
export function productPaths(parent: string, element: string, level: 1 | 2 | 3): string[] {
  return Object.entries(COMMODITY_BRANCHES)
    .filter(([, levels]) => levels >= level)
    .map(([branch]) => `${parent}/${branch}/${element}`);
}
