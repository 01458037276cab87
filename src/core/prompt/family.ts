/** Whether a family of offers is one of lessons, `education:<topic>`; `upgrade` and `crosssell:<product>` name a price. */
export function isEducation(family: string | undefined): boolean {
  return family?.startsWith('education:') === true;
}
