namespace EtlTools.Engine.Load;

/// <summary>A range of rows that failed as a whole because of its data: nothing of it is in the table.</summary>
/// <param name="Fault">Why.</param>
/// <param name="Row">The guilty row, where the database names it.</param>
/// <param name="TransactionLost">True when the transaction with all that was written before is gone too.</param>
internal sealed record RangeRejection(RowFault Fault, int? Row = null, bool TransactionLost = false);
