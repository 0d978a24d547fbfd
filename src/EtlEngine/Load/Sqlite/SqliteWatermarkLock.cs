using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Files;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>
/// Keeps a second run of the same watermark away: a file beside the database that is open as long as the run lives. The
/// system closes it whatever ends the process. It stays there, since a third run could come between its closing and its
/// deletion. A database in memory needs none, as nobody else sees it.
/// </summary>
internal static class SqliteWatermarkLock
{
    public static FileStream? Take(sqlite3 database, string name)
    {
        string file = raw.sqlite3_db_filename(database, "main").utf8_to_string();
        if (string.IsNullOrEmpty(file))
            return null;
        string id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 8));
        try
        {
            return new FileStream($"{file}-etl-{id}.lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (FileFailure.IsOfFileInUse(e))
        {
            throw WatermarkFailures.InUse(name);
        }
        catch (IOException e)
        {
            throw new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.Unavailable,
                $"-WatermarkName needs a file beside the database '{file}', which cannot be opened: {e.Message.TrimEnd('.')}. Check the disk and the path.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                $"-WatermarkName needs the right to make a file beside the database '{file}'.", e);
        }
    }
}
