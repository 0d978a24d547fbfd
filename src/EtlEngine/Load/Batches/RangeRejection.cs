namespace EtlTools.Engine.Load;

/// <summary>A range of rows that failed as a whole because of its data; none of it is in the table.</summary>
/// <param name="Fault">Why.</param>
/// <param name="Row">The guilty row, if the database names it.</param>
/// <param name="TransactionLost">True if everything written earlier in the transaction is lost as well.</param>
internal sealed record RangeRejection(RowFault Fault, int? Row = null, bool TransactionLost = false);
