using Microsoft.Data.Sqlite;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Looks into a SQLite database.</summary>
internal static class Table
{
    public static string[] Rows(string path, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.GetValue(i))));
        return [.. rows];
    }
}
