using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>What to read from which database: a query or a table.</summary>
internal sealed record SqlSourceOptions
{
    /// <summary>The database.</summary>
    public required TargetOptions Target { get; init; }

    /// <summary>The query; null if a table is read.</summary>
    public string? Query { get; init; }

    /// <summary>The table or view; null if a query is given.</summary>
    public string? Table { get; init; }

    /// <summary>The columns to read from the table. Default none: all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>A condition for the rows of the table, in the database's SQL. Default null: all rows.</summary>
    public string? Where { get; init; }

    /// <summary>The values of the parameters in the query or condition, by their names without @.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <summary>The columns by which the table's rows are read in order. Default none: no order.</summary>
    public IReadOnlyList<string> WatermarkColumns { get; init; } = [];

    /// <summary>Watermarks of a load; reading starts after that of this source. Default none: from the beginning.</summary>
    public IReadOnlyList<Watermark> Watermarks { get; init; } = [];

    /// <summary>The first watermark column must be less than this. Default null: no end.</summary>
    public object? Until { get; init; }

    /// <summary>How far before the watermark to start, if its first column is a time. Default zero.</summary>
    public TimeSpan WatermarkLag { get; init; }

    /// <summary>What to do with rows whose watermark columns contain a null, NaN or infinity. Default Error.</summary>
    public NullWatermark NullWatermark { get; init; } = NullWatermark.Error;

    /// <summary>Whether all rows are read as they were at one moment. Default false.</summary>
    public bool IsSnapshot { get; init; }

    /// <summary>How long an unavailable database is retried.</summary>
    public TimeSpan OutageBudget { get; init; } = LoadOptions.DefaultOutageBudget;

    /// <summary>The session's breaker for the database.</summary>
    public BreakerOptions Breaker { get; init; } = new();
}
