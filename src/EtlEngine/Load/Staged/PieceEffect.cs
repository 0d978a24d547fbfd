namespace EtlTools.Engine.Load.Staged;

/// <summary>What a statement did to the rows of a range.</summary>
/// <param name="Written">Rows inserted or updated.</param>
/// <param name="Inserted">Of these the new ones, or null if the database does not tell.</param>
internal readonly record struct PieceEffect(long Written, long? Inserted);
