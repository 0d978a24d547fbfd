namespace EtlTools.Engine.Load.Staged;

/// <summary>What a statement did to the rows of a range.</summary>
/// <param name="Written">Rows inserted or updated.</param>
/// <param name="Inserted">The new ones among them, or null if the database does not say.</param>
internal readonly record struct PieceEffect(long Written, long? Inserted);
