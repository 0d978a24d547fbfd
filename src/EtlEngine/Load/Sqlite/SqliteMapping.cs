using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Which columns of the target the records of a schema have, and whether they can be written at all.</summary>
internal sealed class SqliteMapping
{
    public SqliteMapping(SqliteTable table, Schema schema)
    {
        Columns = new SqliteColumn[schema.Count];
        for (int i = 0; i < schema.Count; i++)
        {
            SqliteColumn? column = table.Find(schema[i]);
            if (column is null or { IsGenerated: true })
            {
                Unknown = new RowFault(
                    ErrorCodes.UnknownColumn,
                    column is null
                        ? $"The table '{table.Name}' has no column '{schema[i]}'."
                        : $"The column '{column.Name}' of '{table.Name}' is computed and takes no value.",
                    schema[i]);
                return;
            }
            Columns[i] = column;
        }
        KeySources = new int[table.Key.Count];
        for (int i = 0; i < KeySources.Length; i++)
        {
            KeySources[i] = Array.IndexOf(Columns, table.Key[i].Column);
            if (KeySources[i] < 0)
                MissingKey = table.Key[i].Column;
        }
        FreeRowid = Array.FindIndex(Columns, column => column.IsRowidAlias && !table.IsKey(column));
    }

    /// <summary>The target column of each column of the record.</summary>
    public SqliteColumn[] Columns { get; }

    /// <summary>The positions of the key columns in the record.</summary>
    public int[] KeySources { get; } = [];

    /// <summary>What is wrong when the record has a column that the target cannot take.</summary>
    public RowFault? Unknown { get; }

    /// <summary>A key column that the record lacks.</summary>
    public SqliteColumn? MissingKey { get; }

    /// <summary>The position of a rowid that is no part of the key, or -1: with a null there the row keeps or gets its own.</summary>
    public int FreeRowid { get; } = -1;

    /// <summary>The plan for one record's statements.</summary>
    public SqlitePlan? Plan { get; set; }

    /// <summary>The plan for records whose rowid is null.</summary>
    public SqlitePlan? PlanWithoutRowid { get; set; }
}
