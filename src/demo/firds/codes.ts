/** Code lists of the schema, by the names we give them here. */
export const CODES = {
  benchmark: (
    'BBSW BUBO CDOR CIBO EONA EONS EUCH EURI EUUS FUSW GCFR ISDA JIBA LIBI LIBO MAAA MOSP NIBO PFAN PRBO STBO SWAP TIBO ' +
    'TLBO TREA WIBO'
  ).split(' '),
  termUnit: ['DAYS', 'WEEK', 'MNTH', 'YEAR'],
  seniority: ['SNDB', 'SBOD', 'MZZD', 'JUND'],
  optionType: ['CALL', 'PUTO', 'OTHR'],
  exerciseStyle: ['EURO', 'AMER', 'BERM', 'ASIA', 'OTHR'],
  delivery: ['CASH', 'PHYS', 'OPTL'],
  noPrice: ['PNDG', 'NOAP'],
  transaction: ['FUTR', 'OPTN', 'SWAP', 'MINI', 'OTCT', 'ORIT', 'CRCK', 'DIFF', 'TAPO', 'OTHR'],
  finalPrice: ['EXOF', 'PLAT', 'ARGM', 'BLTC', 'GBCL', 'IHSM', 'OTHR'],
  fxType: ['FXMJ', 'FXCR', 'FXEM'],
} as const;

/** A branch of the commodity tree with the codes that may stand in it. */
export interface Commodity {
  readonly branch: string;
  readonly base: string;
  readonly sub?: string;
  readonly further?: readonly string[];
}

/** `branch base [sub [further …]]`, in the order of the schema. */
const TREE = `
Agrcltrl/GrnOilSeed AGRI GROS FWHT SOYB RPSD CORN RICE OTHR
Agrcltrl/Soft AGRI SOFT CCOA ROBU WHSG BRWN OTHR
Agrcltrl/Ptt AGRI POTA
Agrcltrl/OlvOil AGRI OOLI LAMP
Agrcltrl/Dairy AGRI DIRY
Agrcltrl/Frstry AGRI FRST
Agrcltrl/Sfd AGRI SEAF
Agrcltrl/LiveStock AGRI LSTK
Agrcltrl/Grn AGRI GRIN MWHT
Nrgy/Elctrcty NRGY ELEC BSLD PKLD OFFP FITR OTHR
Nrgy/NtrlGas NRGY NGAS TTFG NCGG NBPG GASP LNGG
Nrgy/Oil NRGY OILP BRNT WTIO GOIL HEAT FOIL JTFL NAPH BAKK BDSL BRNX CNDA COND DSEL DUBA ESPO ETHA FUEL GSLN KERO LLSO MARS NGLO TAPI URAL
Nrgy/Coal NRGY COAL
Nrgy/IntrNrgy NRGY INRG
Nrgy/RnwblNrgy NRGY RNNG
Nrgy/LghtEnd NRGY LGHT
Nrgy/Dstllts NRGY DIST
Envttl/Emssns ENVR EMIS EUAE EUAA CERE ERUE OTHR
Envttl/Wthr ENVR WTHR
Envttl/CrbnRltd ENVR CRBR
Frtlzr/Ammn FRTL AMMO
Frtlzr/DmmnmPhspht FRTL DAPH
Frtlzr/Ptsh FRTL PTSH
Frtlzr/Slphr FRTL SLPH
Frtlzr/Urea FRTL UREA
Frtlzr/UreaAndAmmnmNtrt FRTL UAAN
Frght/Dry FRGT DRYF DBCR
Frght/Wet FRGT WETF TNKR
Frght/CntnrShip FRGT CSHP
IndstrlPdct/Cnstrctn INDP CSTR
IndstrlPdct/Manfctg INDP MFTG
Metl/NonPrcs METL NPRM COPR ALUM ALUA CBLT IRON LEAD MOLY NASC NICK STEL TINN ZINC OTHR
Metl/Prcs METL PRME GOLD SLVR PTNM PLDM OTHR
OthrC10/Dlvrbl OTHC DLVR
OthrC10/NonDlvrbl OTHC NDLV
Ppr/CntnrBrd PAPR CBRD
Ppr/Nwsprnt PAPR NSPT
Ppr/Pulp PAPR PULP
Ppr/RcvrdPpr PAPR RCVP
Plprpln/Plstc POLY PLST
Infltn INFL
MultiCmmdtyExtc MCEX
OffclEcnmcSttstcs OEST
Othr OTHR
`;

export const COMMODITIES: readonly Commodity[] = TREE.trim()
  .split('\n')
  .map((line) => {
    const [branch = '', base = '', sub, ...further] = line.split(' ');
    return { branch, base, ...(sub !== undefined && { sub }), ...(further.length > 0 && { further }) };
  });
