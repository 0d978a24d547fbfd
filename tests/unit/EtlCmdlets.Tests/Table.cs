using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Looks into a database.</summary>
internal static class Table
{
    /// <summary>The rows of a query of a SQLite database.</summary>
    public static string[] Rows(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        return Rows(connection, sql);
    }

    /// <summary>The rows of a query over a connection that is not open yet.</summary>
    public static string[] Rows(DbConnection connection, string sql)
    {
        connection.Open();
        using DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using DbDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
        return [.. rows];
    }
}
